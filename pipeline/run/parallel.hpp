#pragma once

#include <atomic>
#include <exception>
#include <mutex>
#include <utility>

namespace tarifa
{

/// Runs `work(thread)` on `threads` OpenMP threads of this rank and waits. Nothing may leave an OpenMP
/// region, so the first exception is kept and thrown here, by the caller's thread; `stop` tells long loops to
/// end early.
class ThreadTeam
{
 public:
  explicit ThreadTeam(int threads) : threads_(threads) {}

  template <class Work>
  void run(Work&& work)
  {
#pragma omp parallel for schedule(static, 1) num_threads(threads_)
    for (int thread = 0; thread < threads_; ++thread)
    {
      try
      {
        work(thread);
      }
      catch (...)
      {
        keep(std::current_exception());
      }
    }
    if (first_)
    {
      std::rethrow_exception(std::exchange(first_, nullptr));
    }
  }

  /// Calls `work(item, thread)` for items 0 to count-1, each handed to the next free thread.
  template <class Work>
  void each(std::size_t count, Work&& work)
  {
    std::atomic<std::size_t> next{0};
    run(
        [&](int thread)
        {
          for (std::size_t item = next++; item < count && !failed(); item = next++)
          {
            work(item, thread);
          }
        });
  }

  bool failed() const noexcept
  {
    return failed_.load(std::memory_order_relaxed);
  }
  int threads() const noexcept
  {
    return threads_;
  }

 private:
  void keep(std::exception_ptr exception)
  {
    std::scoped_lock const lock(mutex_);
    if (!first_)
    {
      first_ = std::move(exception);
    }
    failed_ = true;
  }

  int threads_;
  std::mutex mutex_;
  std::exception_ptr first_;
  std::atomic<bool> failed_{false};
};

}  // namespace tarifa
