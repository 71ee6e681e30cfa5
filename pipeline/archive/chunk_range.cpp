#include "pipeline/archive/chunk_paths.hpp"

namespace tarifa::chunk_paths
{
namespace
{

template <class T>
[[gnu::always_inline]] inline ValueRange<T> range_of(std::span<T const> values)
{
  T least = values.front();
  T most = values.front();
  T const* const data = values.data();
  std::size_t const size = values.size();
#pragma omp simd reduction(min : least) reduction(max : most)
  for (std::size_t i = 0; i < size; ++i)
  {
    least = data[i] < least ? data[i] : least;
    most = data[i] > most ? data[i] : most;
  }
  return {least, most};
}

#if defined(__x86_64__)
// GCC 12 forgets a target attribute when the template was declared before, as range_avx2 is.
template <class T>
__attribute__((target("avx2"))) ValueRange<T> range_in_wide_registers(std::span<T const> values)
{
  return range_of(values);
}
#endif

}  // namespace

template <class T>
ValueRange<T> range_portable(std::span<T const> values)
{
  return range_of(values);
}

#if defined(__x86_64__)
template <class T>
ValueRange<T> range_avx2(std::span<T const> values)
{
  return range_in_wide_registers(values);
}
#endif

template ValueRange<std::int32_t> range_portable(std::span<std::int32_t const>);
template ValueRange<std::int64_t> range_portable(std::span<std::int64_t const>);

#if defined(__x86_64__)
template ValueRange<std::int32_t> range_avx2(std::span<std::int32_t const>);
template ValueRange<std::int64_t> range_avx2(std::span<std::int64_t const>);
#endif

}  // namespace tarifa::chunk_paths
