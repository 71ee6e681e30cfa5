#include "pipeline/ingest/dictionaries.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <iterator>
#include <map>
#include <utility>

#include "pipeline/csv/byte_source.hpp"
#include "pipeline/run/append_file.hpp"

namespace tarifa
{
namespace
{

void put(AppendFile& to, std::string_view bytes)
{
  to.append(std::as_bytes(std::span(bytes)));
}

void put(AppendFile& to, std::uint32_t number)
{
  to.append(std::as_bytes(std::span(&number, 1)));
}

std::uint32_t take(std::string_view& from)
{
  std::uint32_t number = 0;
  require(from.size() >= sizeof number, Fault::storage, "a file of staged texts is cut short");
  std::memcpy(&number, from.data(), sizeof number);
  from.remove_prefix(sizeof number);
  return number;
}

std::string_view take_bytes(std::string_view& from, std::size_t count)
{
  require(from.size() >= count, Fault::storage, "a file of staged texts is cut short");
  std::string_view const bytes = from.substr(0, count);
  from.remove_prefix(count);
  return bytes;
}

/// Writes all texts of one thread and where they were used: per column, the texts, then per partition the
/// flags.
void stage_texts(StagedThread const& thread, std::vector<std::string> const& partitions, AppendFile& file)
{
  std::map<std::string, std::size_t> local;
  for (std::size_t p = 0; p < thread.partitions.size(); ++p)
  {
    local[thread.partitions[p]] = p;
  }
  for (std::size_t c = 0; c < thread.texts.size(); ++c)
  {
    std::vector<std::string> const& texts = thread.texts[c];
    put(file, static_cast<std::uint32_t>(texts.size()));
    for (std::string const& text : texts)
    {
      put(file, static_cast<std::uint32_t>(text.size()));
      put(file, text);
    }
    for (std::string const& name : partitions)
    {
      std::string flags(texts.size(), '\0');
      if (auto const at = local.find(name); at != local.end() && !texts.empty())
      {
        std::ranges::copy(thread.used[at->second][c], flags.begin());
      }
      put(file, flags);
    }
  }
  file.flush();
}

std::uint64_t prefix_of(std::string_view text)
{
  std::uint64_t prefix = 0;
  std::memcpy(&prefix, text.data(), std::min<std::size_t>(text.size(), 8));
  return __builtin_bswap64(prefix);
}

std::string read_whole(std::filesystem::path const& path)
{
  PlainFile const file(path);
  std::string bytes(file.bytes(), '\0');
  bytes.resize(file.read_at(0, bytes.data(), bytes.size()));
  return bytes;
}

}  // namespace

/// One text of one worker.
struct Dictionaries::Entry
{
  std::uint64_t prefix;  ///< first 8 bytes, big-endian: most comparisons end here
  std::string_view text;
  std::uint32_t worker, code;

  friend bool operator<(Entry const& a, Entry const& b)
  {
    if (a.prefix != b.prefix)
    {
      return a.prefix < b.prefix;
    }
    bool const in_prefix = a.text.size() <= sizeof a.prefix && b.text.size() <= sizeof b.prefix;
    return in_prefix ? a.text.size() < b.text.size() : a.text < b.text;
  }
};

Dictionaries::Dictionaries(Comm const& comm, ThreadTeam& team, std::filesystem::path const& stage_folder,
                           std::vector<StagedThread> const& threads,
                           std::vector<std::string> const& partitions, std::size_t columns)
    : columns_(columns)
{
  auto const write = [&](std::size_t thread, int)
  {
    AppendFile file(text_path(stage_folder, threads[thread].worker), AppendMode::write);
    stage_texts(threads[thread], partitions, file);
  };
  comm.all_or_none("staging dictionaries", [&] { team.each(threads.size(), write); });
  std::vector<std::int64_t> mine;
  for (StagedThread const& thread : threads)
  {
    mine.insert(mine.end(), {thread.worker.share, thread.worker.thread});
  }
  std::vector<std::int64_t> const all = comm.gather_all(mine);
  for (std::size_t i = 0; i < all.size(); i += 2)
  {
    workers_.push_back({static_cast<std::uint32_t>(all[i]), static_cast<std::uint32_t>(all[i + 1])});
  }
  std::ranges::sort(workers_);
  files_.resize(workers_.size());
  comm.all_or_none("reading dictionaries", [&] { read(team, stage_folder, partitions.size()); });
}

/// Texts are sorted worker by worker and then joined column by column, so that all threads have work though
/// one column may hold most of the texts.
void Dictionaries::read(ThreadTeam& team, std::filesystem::path const& stage_folder, std::size_t partitions)
{
  std::size_t const workers = workers_.size();
  for (Column& column : columns_)
  {
    column.used.resize(workers);
    column.place.resize(workers);
  }
  std::vector<std::vector<std::vector<Entry>>> entries(columns_.size());  // [columns][workers][codes]
  std::ranges::fill(entries, std::vector<std::vector<Entry>>(workers));
  team.each(workers,
            [&](std::size_t w, int)
            {
              files_[w] = read_whole(text_path(stage_folder, workers_[w]));
              std::vector<std::vector<Entry>> of_worker = load(w, partitions);
              for (std::size_t c = 0; c < columns_.size(); ++c)
              {
                entries[c][w] = std::move(of_worker[c]);
              }
            });
  team.each(columns_.size() * workers, [&](std::size_t task, int)
            { std::ranges::sort(entries[task / workers][task % workers], std::less<>()); });
  team.each(columns_.size(), [&](std::size_t c, int) { merge(std::move(entries[c]), columns_[c]); });
}

/// [columns][codes] Texts of one worker, in the order of its codes.
std::vector<std::vector<Dictionaries::Entry>> Dictionaries::load(std::size_t worker, std::size_t partitions)
{
  std::string_view bytes = files_[worker];
  std::vector<std::vector<Entry>> entries(columns_.size());
  for (std::size_t c = 0; c < columns_.size(); ++c)
  {
    std::uint32_t const count = take(bytes);
    entries[c].reserve(count);
    for (std::uint32_t code = 0; code < count; ++code)
    {
      std::uint32_t const length = take(bytes);
      std::string_view const text = take_bytes(bytes, length);
      entries[c].push_back({prefix_of(text), text, static_cast<std::uint32_t>(worker), code});
    }
    columns_[c].place[worker].resize(count);
    for (std::size_t p = 0; p < partitions; ++p)
    {
      columns_[c].used[worker].push_back(take_bytes(bytes, count));
    }
  }
  return entries;
}

/// Joins the sorted texts of all workers.
void Dictionaries::merge(std::vector<std::vector<Entry>> entries, Column& column)
{
  while (entries.size() > 1)
  {
    std::vector<std::vector<Entry>> joined((entries.size() + 1) / 2);
    for (std::size_t i = 0; i + 1 < entries.size(); i += 2)
    {
      joined[i / 2].reserve(entries[i].size() + entries[i + 1].size());
      std::ranges::merge(entries[i], entries[i + 1], std::back_inserter(joined[i / 2]), std::less<>());
    }
    if (entries.size() % 2 != 0)
    {
      joined.back() = std::move(entries.back());
    }
    entries = std::move(joined);
  }
  std::vector<std::size_t> ends;
  Entry const* before = nullptr;
  for (Entry const& entry : entries.front())
  {
    if (before == nullptr || *before < entry)
    {
      column.text += entry.text;
      ends.push_back(column.text.size());
      before = &entry;
    }
    column.place[entry.worker][entry.code] = static_cast<std::uint32_t>(ends.size() - 1);
  }
  column.sorted.reserve(ends.size());
  std::size_t begin = 0;
  for (std::size_t const end : ends)
  {
    column.sorted.push_back(std::string_view(column.text).substr(begin, end - begin));
    begin = end;
  }
}

Dictionaries::Partition Dictionaries::partition(std::size_t number) const
{
  Partition result;
  result.texts.resize(columns_.size());
  result.positions.resize(columns_.size());
  for (std::size_t c = 0; c < columns_.size(); ++c)
  {
    Column const& column = columns_[c];
    std::vector<std::uint32_t> position(column.sorted.size());
    for (std::size_t w = 0; w < column.place.size(); ++w)
    {
      for (std::size_t code = 0; code < column.place[w].size(); ++code)
      {
        position[column.place[w][code]] |= static_cast<std::uint32_t>(column.used[w][number][code] != 0);
      }
    }
    std::uint32_t next = 0;
    for (std::size_t text = 0; text < position.size(); ++text)
    {
      if (position[text] != 0)
      {
        result.texts[c].push_back(column.sorted[text]);
        position[text] = next++;
      }
    }
    for (auto const& place : column.place)
    {
      std::vector<std::uint32_t> table(std::max<std::size_t>(place.size(), 1));
      std::transform(place.begin(), place.end(), table.begin(),
                     [&position](std::uint32_t text) { return position[text]; });
      result.positions[c].push_back(std::move(table));
    }
  }
  return result;
}

}  // namespace tarifa
