--[[ Requeues jobs of an in-flight list. The last one is fetched next.

     KEYS  1 in-flight list   2 queue   3 queues
     ARGV  1 name of the queue   from 2 on: payloads ]]
redis.call('LLEN', KEYS[2])
for i = 2, #ARGV do
  if redis.call('LREM', KEYS[1], 1, ARGV[i]) == 1 then
    redis.call('RPUSH', KEYS[2], ARGV[i])
    redis.pcall('SADD', KEYS[3], ARGV[1])
  end
end
