#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

#include <sys/mman.h>

namespace tarifa
{

/// Allocator for large tables that are read in no order: asks the kernel for huge pages, so that a look-up
/// costs one miss and not two.
template <class T>
struct HugePageAllocator
{
  using value_type = T;
  static constexpr std::size_t huge_page = std::size_t{2} << 20U;

  HugePageAllocator() = default;
  template <class Other>
  // NOLINTNEXTLINE(google-explicit-constructor): allocators are rebound by conversion
  HugePageAllocator(HugePageAllocator<Other> const&) noexcept
  {
  }

  T* allocate(std::size_t count)
  {
    std::size_t const bytes = count * sizeof(T);
    if (bytes < huge_page)
    {
      return std::allocator<T>().allocate(count);
    }
    void* const memory = std::aligned_alloc(huge_page, (bytes + huge_page - 1) / huge_page * huge_page);
    if (memory == nullptr)
    {
      throw std::bad_alloc();
    }
    ::madvise(memory, bytes, MADV_HUGEPAGE);  // a wish: small pages do as well
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t count) noexcept
  {
    if (count * sizeof(T) < huge_page)
    {
      std::allocator<T>().deallocate(memory, count);
      return;
    }
    std::free(memory);
  }
  friend bool operator==(HugePageAllocator const&, HugePageAllocator const&) { return true; }
};

}  // namespace tarifa
