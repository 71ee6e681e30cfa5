#pragma once

#include <atomic>
#include <exception>
#include <mutex>
#include <utility>

namespace tarifa
{

/// Runs `work(thread)` on `threads` OpenMP threads of this rank and waits. Nothing may leave an OpenMP
/// region, so an exception is kept and thrown here, by the caller's thread: of several that of the lowest
/// thread or item, whatever the timing.
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
        keep(static_cast<std::size_t>(thread), std::current_exception());
      }
    }
    failed_ = false;
    if (lowest_)
    {
      std::rethrow_exception(std::exchange(lowest_, nullptr));
    }
  }

  /// Calls `work(item, thread)` for items 0 to count-1, each handed to the next free thread, in order: every
  /// item below a failing one is worked on too.
  template <class Work>
  void each(std::size_t count, Work&& work)
  {
    std::atomic<std::size_t> next{0};
    run(
        [&](int thread)
        {
          while (!failed())
          {
            std::size_t const item = next++;
            if (item >= count)
            {
              return;
            }
            try
            {
              work(item, thread);
            }
            catch (...)
            {
              keep(item, std::current_exception());
            }
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
  void keep(std::size_t place, std::exception_ptr exception)
  {
    std::scoped_lock const lock(mutex_);
    if (!lowest_ || place < place_)
    {
      lowest_ = std::move(exception);
      place_ = place;
    }
    failed_ = true;
  }

  int threads_;
  std::mutex mutex_;
  std::exception_ptr lowest_;
  std::size_t place_ = 0;  ///< of it: thread or item
  std::atomic<bool> failed_{false};
};

}  // namespace tarifa
