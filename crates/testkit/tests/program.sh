#!/bin/sh
# Stands in for a step's program in the kit's own tests.
case $1 in
--version) echo "${KATA_SAYS-step1-enqueue $CARGO_PKG_VERSION (yours)}" ;;
echo) shift; echo "$*"; echo "$*" >&2 ;;
exit) exit "$2" ;;
env) env ;;
work)
    # A worker: says when it is ready, finishes at TERM or INT, does not finish by itself.
    trap 'echo stopping >&2; exit 0' TERM
    trap 'echo interrupted >&2; exit 0' INT
    echo ready
    while :; do sleep 0.01; done ;;
deaf) trap '' TERM; echo ready; while :; do sleep 0.01; done ;;
panic)
    # What a Rust program says when it panics; then it ends, or works on.
    printf "\nthread 'main' (1) panicked at src/main.rs:7:5:\n%s\nnote: run with a backtrace\n" "$2" >&2
    [ "$3" = stay ] || exit 101
    while :; do sleep 0.01; done ;;
esac
