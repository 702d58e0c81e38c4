--[[ What the scripts of a processor have in common: the names of their keys and arguments.

     KEYS  1 state of the process (hash)   2 its in-flight lists (set)   3 leases   4 crash counts
           5 retry   6 dead   7 queues   8-11 counters: processed, its day, failed, its day
           then three for each queue, in the order in which they are asked: the processor's in-flight list,
           the list that a waiter fills for it, the queue
     ARGV  1 process   2 processor   3 sequence number   4 how many jobs to fetch   5 length of a lease in seconds
           6 how long to keep the counters of a day in seconds
           then six for each job that did not simply succeed: outcome, its queue (index in KEYS), which of the two
           lists holds it (0 or 1), payload, payload to keep, score to keep it by ]]
local state, lists, leases, crashes, retry, dead, queues = unpack(KEYS, 1, 7)
local process, processor, sequence, want, lease, day = unpack(ARGV, 1, 6)
local FIRST_QUEUE, FIRST_JOB, DEAD_AGE, DEAD_COUNT = 12, 7, 180 * 86400, 10000
