#include "pipeline/group/arena.hpp"

#include <new>
#include <utility>

#include <sys/mman.h>

namespace tarifa
{
namespace
{

constexpr std::size_t huge_page = std::size_t{2} << 20;

}

HugeBuffer::~HugeBuffer()
{
  release();
}

HugeBuffer::HugeBuffer(HugeBuffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr))
    , bytes_(std::exchange(other.bytes_, 0))
    , mapping_(std::exchange(other.mapping_, nullptr))
    , mapped_(std::exchange(other.mapped_, 0))
{
}

HugeBuffer& HugeBuffer::operator=(HugeBuffer&& other) noexcept
{
  if (this != &other)
  {
    release();
    data_ = std::exchange(other.data_, nullptr);
    bytes_ = std::exchange(other.bytes_, 0);
    mapping_ = std::exchange(other.mapping_, nullptr);
    mapped_ = std::exchange(other.mapped_, 0);
  }
  return *this;
}

void HugeBuffer::release() noexcept
{
  if (mapping_ != nullptr)
  {
    munmap(mapping_, mapped_);
  }
  data_ = nullptr;
  bytes_ = 0;
  mapping_ = nullptr;
  mapped_ = 0;
}

void HugeBuffer::reserve(std::size_t bytes)
{
  if (bytes <= bytes_)
  {
    return;
  }
  release();
  // A little more than asked, so that buffers that grow step by step are not mapped anew each time.
  std::size_t const wanted = bytes + bytes / 4;
  std::size_t const whole =
      wanted >= huge_page ? (wanted + 2 * huge_page - 1) / huge_page * huge_page : wanted;
  void* const mapping = mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED)
  {
    throw std::bad_alloc();
  }
  mapping_ = mapping;
  mapped_ = whole;
  auto const address = reinterpret_cast<std::uintptr_t>(mapping);
  std::size_t const skip = wanted >= huge_page ? (huge_page - address % huge_page) % huge_page : 0;
  data_ = static_cast<std::byte*>(mapping) + skip;
  bytes_ = whole - skip;
  if (wanted >= huge_page)
  {
    madvise(data_, bytes_, MADV_HUGEPAGE);
  }
}

std::byte* SlabPool::take()
{
  std::lock_guard const lock(mutex_);
  if (taken_ == chunks_.size() * slabs_per_chunk)
  {
    chunks_.emplace_back(slabs_per_chunk * slab_bytes);
  }
  auto const& chunk = chunks_[taken_ / slabs_per_chunk];
  return chunk.as<std::byte>() + (taken_++ % slabs_per_chunk) * slab_bytes;
}

std::byte* SlabPool::take_large(std::size_t bytes)
{
  std::lock_guard const lock(mutex_);
  if (large_taken_ == large_.size())
  {
    large_.emplace_back();
  }
  auto& piece = large_[large_taken_++];
  piece.reserve(bytes);
  return piece.as<std::byte>();
}

void SlabPool::reset() noexcept
{
  taken_ = 0;
  large_taken_ = 0;
}

std::size_t SlabPool::bytes() const
{
  std::lock_guard const lock(mutex_);
  std::size_t held = chunks_.size() * slabs_per_chunk * slab_bytes;
  for (auto const& piece : large_)
  {
    held += piece.bytes();
  }
  return held;
}

void GroupArena::prepare(int threads)
{
  while (scratch_.size() < static_cast<std::size_t>(threads))
  {
    scratch_.push_back(std::make_unique<GroupScratch>());
  }
}

}  // namespace tarifa
