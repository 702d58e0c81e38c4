--[[ Takes a job off its in-flight list, and puts it where its outcome sends it: `requeued`, `retry`, `dead`,
     or nowhere (`succeeded`, `discarded`). Returns false, and does nothing, if the list does not hold the job
     any more: another process has recovered it. ]]
local function acknowledge(job)
  if redis.call('LREM', job.list, 1, job.payload) == 0 then return false end
  if job.outcome == 'requeued' then
    redis.call('RPUSH', job.queue, job.payload)
    redis.pcall('SADD', queues, string.sub(job.queue, 7))
  elseif job.outcome == 'retry' then
    redis.call('ZADD', retry, job.score, job.kept)
  elseif job.outcome == 'dead' then
    redis.call('ZADD', dead, job.score, job.kept)
    redis.call('ZREMRANGEBYSCORE', dead, '-inf', job.score - DEAD_AGE)
    redis.call('ZREMRANGEBYRANK', dead, 0, -DEAD_COUNT - 1)
  end
  return true
end
