--[[ Publishes the state of a process for Sidekiq's Web UI. It is a script and not a pipeline,
     because the client's timeout applies to each reply of a pipeline separately. The first write
     removes something, so that a full Redis allows the others.

     KEYS  1 processes   2 the process (hash)   from 3 on: its hashes of running jobs
     ARGV  1 how long to keep the hashes, in seconds
           2 how many of the following arguments belong to the process
           then names and values: those of the process, then those of its running jobs ]]
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
