#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <limits>
#include <mutex>

#include <omp.h>

namespace tarifa
{

/// Calls work(thread, task) for every task 0..count-1 on `threads` threads. When tasks throw, the exception
/// of the lowest failing task is rethrown to the caller after all threads came to rest; which one does not
/// depend on timing.
template <class Work>
void parallel_tasks(int threads, std::int64_t count, Work&& work)
{
  std::atomic<std::int64_t> failed_at = std::numeric_limits<std::int64_t>::max();
  std::exception_ptr failure;
  std::mutex mutex;
#pragma omp parallel for schedule(monotonic : dynamic, 1) num_threads(threads)
  for (std::int64_t task = 0; task < count; ++task)
  {
    // Tasks are dealt out in ascending order, so every task below a failing one has started and will finish.
    if (task > failed_at.load(std::memory_order_relaxed))
    {
      continue;
    }
    try
    {
      work(omp_get_thread_num(), task);
    }
    catch (...)
    {
      std::lock_guard const lock(mutex);
      if (task < failed_at.load())
      {
        failed_at = task;
        failure = std::current_exception();
      }
    }
  }
  if (failure)
  {
    std::rethrow_exception(failure);
  }
}

}  // namespace tarifa
