--[[ Removes a job from its in-flight list, and moves it where its outcome requires: to its queue
     (`requeued`), to `retry`, to `dead`, or nowhere (all others). Returns false and does nothing if
     the list does not contain the job any more, because another process has recovered it. ]]
local function acknowledge(job)
  if redis.call('LREM', job.list, 1, job.payload) == 0 then return false end
  if job.outcome == 'requeued' then
    redis.call('RPUSH', job.queue, job.payload)
    redis.pcall('SADD', queues, string.sub(job.queue, 7))
  elseif job.outcome == 'retry' then
    redis.call('ZADD', retry, job.score, job.new_payload)
  elseif job.outcome == 'dead' then
    redis.call('ZADD', dead, job.score, job.new_payload)
    redis.call('ZREMRANGEBYSCORE', dead, '-inf', job.score - DEAD_AGE)
    redis.call('ZREMRANGEBYRANK', dead, 0, -DEAD_COUNT - 1)
  end
  return true
end
