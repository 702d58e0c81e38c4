# Tells the test, through Redis, what Sidekiq performed.
class EchoWorker
  include Sidekiq::Worker

  def perform(*args)
    Sidekiq.redis { |redis| redis.rpush("performed", JSON.generate([jid, args])) }
  end
end
