#include "pipeline/ingest/staged_share.hpp"

#include <cstring>
#include <type_traits>

#include <fmt/format.h>

#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

std::filesystem::path path_of(std::filesystem::path const& folder, char const* what, StagedWorker worker)
{
  return folder / fmt::format("{}-{:05}-{:03}", what, worker.share, worker.thread);
}

/// Writes values one after the other; numbers as this machine has them, a piece does not leave the cluster.
class Writer
{
 public:
  template <class T>
  requires std::is_trivially_copyable_v<T>
  void put(T const& value) { bytes_.append(reinterpret_cast<char const*>(&value), sizeof value); }
  void put(std::string const& text)
  {
    put(std::uint64_t{text.size()});
    bytes_ += text;
  }
  template <class T>
  void put(std::vector<T> const& values)
  {
    put(std::uint64_t{values.size()});
    if constexpr (std::is_trivially_copyable_v<T>)
    {
      bytes_.append(reinterpret_cast<char const*>(values.data()), values.size() * sizeof(T));
    }
    else
    {
      for (T const& value : values)
      {
        put(value);
      }
    }
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Reads them back. Error(storage) when there are fewer than there should be.
class Reader
{
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  requires std::is_trivially_copyable_v<T>
  void get(T& value) { std::memcpy(&value, next(sizeof value).data(), sizeof value); }
  void get(std::string& text) { text = next(count(1)); }
  template <class T>
  void get(std::vector<T>& values)
  {
    if constexpr (std::is_trivially_copyable_v<T>)
    {
      values.resize(count(sizeof(T)));
      std::string_view const bytes = next(values.size() * sizeof(T));
      if (!bytes.empty())
      {
        std::memcpy(values.data(), bytes.data(), bytes.size());
      }
    }
    else
    {
      values.resize(count(sizeof(std::uint64_t)));
      for (T& value : values)
      {
        get(value);
      }
    }
  }

 private:
  /// Of elements that follow, each of so many bytes at least.
  std::size_t count(std::size_t bytes_each)
  {
    std::uint64_t number = 0;
    get(number);
    require(number <= bytes_.size() / bytes_each, Fault::storage, "a piece of the checkpoint is cut short");
    return number;
  }
  std::string_view next(std::size_t count)
  {
    require(count <= bytes_.size(), Fault::storage, "a piece of the checkpoint is cut short");
    std::string_view const head = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return head;
  }

  std::string_view bytes_;
};

/// What is written of an outcome besides its lists.
struct OutcomeHead
{
  StagedWorker worker;
  std::uint32_t file;
  std::uint64_t begin, start, exit;
  bool start_open, exit_open;
  Tally read, blank, kept, filtered;
  Int128 rounding;
  std::int64_t rounded, lines;
  std::uint64_t reject_offset, reject_bytes;
};

struct RejectedTally
{
  Reasons::Id reason;
  Tally tally;
};

void put(Writer& to, BlockOutcome const& one)
{
  to.put(OutcomeHead{one.worker, one.file, one.begin, one.start, one.exit, one.start_open, one.exit_open,
                     one.read, one.blank, one.kept, one.filtered, one.rounding, one.rounded, one.lines,
                     one.reject_offset, one.reject_bytes});
  std::vector<RejectedTally> rejected;
  for (auto const& [reason, tally] : one.rejected)
  {
    rejected.push_back({reason, tally});
  }
  to.put(rejected);
  to.put(one.runs);
}

void get(Reader& from, BlockOutcome& one)
{
  OutcomeHead head{};
  from.get(head);
  std::vector<RejectedTally> rejected;
  from.get(rejected);
  one = {head.worker,    head.file, head.begin, head.start, head.exit,          head.start_open,
         head.exit_open, head.read, head.blank, head.kept,  head.filtered,      head.rounding,
         head.rounded,   {},        {},         head.lines, head.reject_offset, head.reject_bytes};
  for (RejectedTally const& entry : rejected)
  {
    one.rejected.emplace_back(entry.reason, entry.tally);
  }
  from.get(one.runs);
}

/// Both ways with the same list of members.
template <class Step, class Thread>
void each_member(Thread& thread, Step&& step)
{
  step(thread.worker);
  step(thread.partitions);
  step(thread.has_missing);
  step(thread.used);
  step(thread.texts);
  step(thread.key_ranges);
  step(thread.keys);
  step(thread.run_file);
  step(thread.reject_file);
  step(thread.key_file);
}

}  // namespace

std::string bytes_of(StagedShare const& share)
{
  Writer to;
  to.put(std::uint64_t{share.threads.size()});
  for (StagedThread const& thread : share.threads)
  {
    each_member(thread, [&](auto const& member) { to.put(member); });
  }
  to.put(std::uint64_t{share.outcomes.size()});
  for (BlockOutcome const& outcome : share.outcomes)
  {
    put(to, outcome);
  }
  to.put(std::vector<std::uint32_t>(share.withdrawn.begin(), share.withdrawn.end()));
  to.put(share.read);
  return to.take();
}

StagedShare parse_share(std::string_view bytes)
{
  StagedShare share;
  Reader from(bytes);
  std::uint64_t count = 0;
  from.get(count);
  for (std::uint64_t thread = 0; thread < count; ++thread)
  {
    each_member(share.threads.emplace_back(), [&](auto& member) { from.get(member); });
  }
  from.get(count);
  for (std::uint64_t outcome = 0; outcome < count; ++outcome)
  {
    get(from, share.outcomes.emplace_back());
  }
  std::vector<std::uint32_t> withdrawn;
  from.get(withdrawn);
  share.withdrawn.insert(withdrawn.begin(), withdrawn.end());
  from.get(share.read);
  return share;
}

std::filesystem::path run_path(std::filesystem::path const& folder, StagedWorker worker)
{
  return path_of(folder, "runs", worker);
}

std::filesystem::path reject_path(std::filesystem::path const& folder, StagedWorker worker)
{
  return path_of(folder, "rejects", worker);
}

std::filesystem::path key_path(std::filesystem::path const& folder, StagedWorker worker)
{
  return path_of(folder, "keys", worker);
}

std::filesystem::path text_path(std::filesystem::path const& folder, StagedWorker worker)
{
  return path_of(folder, "texts", worker);
}

}  // namespace tarifa
