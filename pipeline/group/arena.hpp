#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace tarifa
{

/// Memory that only grows and is kept: touching fresh pages is many times slower than reusing warm ones,
/// above all on virtual machines. Asks the kernel for huge pages.
class HugeBuffer
{
 public:
  HugeBuffer() = default;
  explicit HugeBuffer(std::size_t bytes) { reserve(bytes); }
  ~HugeBuffer();
  HugeBuffer(HugeBuffer&& other) noexcept;
  HugeBuffer& operator=(HugeBuffer&& other) noexcept;
  HugeBuffer(HugeBuffer const&) = delete;
  HugeBuffer& operator=(HugeBuffer const&) = delete;

  /// Room for `bytes`; what was inside is lost when it has to grow. std::bad_alloc when there is no memory.
  void reserve(std::size_t bytes);

  std::size_t bytes() const noexcept { return bytes_; }

  /// The first byte, aligned to at least 64 bytes, as an array of T.
  template <class T>
  T* as() const noexcept
  {
    return reinterpret_cast<T*>(data_);
  }

 private:
  void release() noexcept;

  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
  void* mapping_ = nullptr;
  std::size_t mapped_ = 0;
};

/// Hands out pieces of fixed size to many threads and takes all of them back at once.
class SlabPool
{
 public:
  static constexpr std::size_t slab_bytes = std::size_t{1} << 20;

  std::byte* take();                         ///< from any thread; slab_bytes, aligned to 64
  std::byte* take_large(std::size_t bytes);  ///< from any thread; a piece of its own
  void reset() noexcept;                     ///< everything handed out is free again; no memory is given back
  std::size_t bytes() const;                 ///< held, used or not

 private:
  static constexpr std::size_t slabs_per_chunk = 32;

  mutable std::mutex mutex_;
  std::vector<HugeBuffer> chunks_;
  std::vector<HugeBuffer> large_;
  std::size_t taken_ = 0;
  std::size_t large_taken_ = 0;
};

/// Memory of one thread during a group-by.
struct GroupScratch
{
  HugeBuffer produced;     ///< columns of the shard being produced
  HugeBuffer lines;        ///< write-combining lines, one per key range
  HugeBuffer front, back;  ///< sort buffers
};

/// All memory a group-by needs. A program that groups more than once keeps one and passes it again.
class GroupArena
{
 public:
  SlabPool& rows() noexcept { return rows_; }
  GroupScratch& thread(int index) { return *scratch_.at(static_cast<std::size_t>(index)); }
  HugeBuffer& outgoing() noexcept { return outgoing_; }
  HugeBuffer& incoming() noexcept { return incoming_; }

  void prepare(int threads);  ///< scratch for that many threads; before any parallel region

  /// Bytes held for rows and exchange, without the scratch of the threads.
  std::size_t bytes() const { return rows_.bytes() + outgoing_.bytes() + incoming_.bytes(); }

 private:
  SlabPool rows_;
  std::vector<std::unique_ptr<GroupScratch>> scratch_;
  HugeBuffer outgoing_, incoming_;
};

}  // namespace tarifa
