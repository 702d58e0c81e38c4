--[[ Publishes what Sidekiq's Web UI shows of a process. One command, so that one reply has to come: `redis` waits for
     each reply of a pipeline by itself. The first write takes something away, so that a full Redis does not refuse.

     KEYS  1 processes   2 the process (hash)   3 and on: its hashes of running jobs
     ARGV  1 how long to keep them in seconds   2 how many of the rest belong to the process
           then names and values: of the process, then of its running jobs ]]
redis.call('SREM', KEYS[1], KEYS[2])
redis.call('SADD', KEYS[1], KEYS[2])
local function write(key, from, to)
  for i = from, to, 2 do redis.call('HSET', key, ARGV[i], ARGV[i + 1]) end
  redis.call('EXPIRE', key, ARGV[1])
end
write(KEYS[2], 3, 2 + ARGV[2])
for i = 3, #KEYS do
  redis.call('DEL', KEYS[i])
  write(KEYS[i], 3 + ARGV[2], #ARGV)
end
