#include "pipeline/ingest/dictionaries.hpp"

#include <algorithm>
#include <cstring>
#include <map>

#include <fmt/format.h>

#include "pipeline/csv/byte_source.hpp"

namespace tarifa
{
namespace
{

std::filesystem::path text_path(std::filesystem::path const& folder, int rank, int thread)
{
  return folder / fmt::format("texts-{:05}-{:03}", rank, thread);
}

void put(std::string& to, std::uint32_t number)
{
  to.append(reinterpret_cast<char const*>(&number), sizeof number);
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

/// All texts of one thread and where they were used: per column, the texts, then per partition the flags.
std::string staged_texts(BlockParser const& parser, std::vector<std::string> const& partitions)
{
  std::string bytes;
  std::map<std::string, std::size_t> local;
  for (std::size_t p = 0; p < parser.rows().partitions().size(); ++p)
  {
    local[parser.rows().partitions()[p]] = p;
  }
  for (std::size_t c = 0; c < parser.codes().size(); ++c)
  {
    static std::vector<std::string> const no_texts;
    auto const& texts = parser.codes()[c] ? parser.codes()[c]->texts() : no_texts;
    put(bytes, static_cast<std::uint32_t>(texts.size()));
    for (std::string const& text : texts)
    {
      put(bytes, static_cast<std::uint32_t>(text.size()));
      bytes += text;
    }
    for (std::string const& name : partitions)
    {
      std::size_t const begin = bytes.size();
      bytes.resize(begin + texts.size());
      if (auto const at = local.find(name); at != local.end() && !texts.empty())
      {
        auto const& used = parser.rows().used()[at->second][c];
        std::copy(used.begin(), used.end(), bytes.begin() + static_cast<std::ptrdiff_t>(begin));
      }
    }
  }
  return bytes;
}

struct Entry
{
  std::uint64_t prefix;  ///< first 8 bytes, big-endian: most comparisons end here
  std::string_view text;
  std::uint32_t worker, code;
};

std::uint64_t prefix_of(std::string_view text)
{
  std::uint64_t prefix = 0;
  std::memcpy(&prefix, text.data(), std::min<std::size_t>(text.size(), 8));
  return __builtin_bswap64(prefix);
}

bool comes_before(Entry const& a, Entry const& b)
{
  if (a.prefix != b.prefix)
  {
    return a.prefix < b.prefix;
  }
  bool const in_prefix = a.text.size() <= sizeof a.prefix && b.text.size() <= sizeof b.prefix;
  return in_prefix ? a.text.size() < b.text.size() : a.text < b.text;
}

std::string read_whole(std::filesystem::path const& path)
{
  PlainFile const file(path);
  std::string bytes(file.bytes(), '\0');
  bytes.resize(file.read_at(0, bytes.data(), bytes.size()));
  return bytes;
}

}  // namespace

Dictionaries::Dictionaries(Comm const& comm, ThreadTeam& team, std::filesystem::path const& stage_folder,
                           std::vector<std::unique_ptr<BlockParser>> const& parsers,
                           std::vector<std::string> const& partitions, std::size_t columns)
    : columns_(columns)
{
  comm.all_or_none("staging dictionaries",
                   [&]
                   {
                     team.each(parsers.size(),
                               [&](std::size_t thread, int)
                               {
                                 AppendFile file(
                                     text_path(stage_folder, comm.rank(), static_cast<int>(thread)),
                                     AppendMode::write);
                                 std::string const bytes = staged_texts(*parsers[thread], partitions);
                                 file.append(std::as_bytes(std::span(bytes)));
                                 file.flush();
                               });
                   });
  std::int64_t const threads_here = static_cast<std::int64_t>(parsers.size());
  std::vector<std::int64_t> const threads = comm.gather_all(std::span(&threads_here, 1));
  std::size_t workers = 0;
  for (std::int64_t const count : threads)
  {
    first_worker_.push_back(workers);
    workers += static_cast<std::size_t>(count);
  }
  comm.all_or_none(
      "reading dictionaries",
      [&]
      {
        files_.resize(workers);
        std::vector<std::vector<std::vector<std::string_view>>> texts(columns);  // [columns][workers][codes]
        for (std::size_t c = 0; c < columns; ++c)
        {
          texts[c].resize(workers);
          columns_[c].used.resize(workers);
          columns_[c].place.resize(workers);
        }
        std::vector<std::filesystem::path> paths;
        for (int rank = 0; rank < comm.size(); ++rank)
        {
          for (int thread = 0; thread < threads[static_cast<std::size_t>(rank)]; ++thread)
          {
            paths.push_back(text_path(stage_folder, rank, thread));
          }
        }
        team.each(workers,
                  [&](std::size_t w, int)
                  {
                    files_[w] = read_whole(paths[w]);
                    load(w, files_[w], texts, partitions.size());
                  });
        team.each(columns,
                  [&](std::size_t c, int)
                  {
                    std::size_t count = 0;
                    for (auto const& of_worker : texts[c])
                    {
                      count += of_worker.size();
                    }
                    std::vector<Entry> entries;
                    entries.reserve(count);
                    for (std::uint32_t w = 0; w < workers; ++w)
                    {
                      columns_[c].place[w].resize(texts[c][w].size());
                      for (std::uint32_t code = 0; code < texts[c][w].size(); ++code)
                      {
                        entries.push_back({prefix_of(texts[c][w][code]), texts[c][w][code], w, code});
                      }
                    }
                    std::sort(entries.begin(), entries.end(), comes_before);
                    std::vector<std::string_view>& sorted = columns_[c].sorted;
                    sorted.reserve(count);
                    for (Entry const& entry : entries)
                    {
                      if (sorted.empty() || sorted.back() != entry.text)
                      {
                        sorted.push_back(entry.text);
                      }
                      columns_[c].place[entry.worker][entry.code] =
                          static_cast<std::uint32_t>(sorted.size() - 1);
                    }
                  });
      });
}

void Dictionaries::load(std::size_t worker, std::string_view bytes,
                        std::vector<std::vector<std::vector<std::string_view>>>& texts,
                        std::size_t partitions)
{
  for (std::size_t c = 0; c < columns_.size(); ++c)
  {
    std::uint32_t const count = take(bytes);
    texts[c][worker].reserve(count);
    for (std::uint32_t code = 0; code < count; ++code)
    {
      std::uint32_t const length = take(bytes);
      texts[c][worker].push_back(take_bytes(bytes, length));
    }
    for (std::size_t p = 0; p < partitions; ++p)
    {
      columns_[c].used[worker].push_back(take_bytes(bytes, count));
    }
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
