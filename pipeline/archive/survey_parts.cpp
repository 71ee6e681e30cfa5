#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "pipeline/archive/table_content.hpp"

namespace tarifa
{
namespace
{

/// Number of a column in its part; the number of columns when the part does not have it.
std::size_t number_of(PartDigest const& part, std::string const& name)
{
  auto const noted = std::find_if(part.columns.begin(), part.columns.end(),
                                  [&](auto const& one) { return one.name == name; });
  return static_cast<std::size_t>(noted - part.columns.begin());
}

void append_texts(std::vector<std::string> const& texts, std::string& blob)
{
  auto const number = [&](std::uint64_t value)
  { blob.append(reinterpret_cast<char const*>(&value), sizeof value); };
  number(texts.size());
  for (std::string const& text : texts)
  {
    number(text.size());
    blob += text;
  }
}

std::vector<std::string> take_texts(std::string_view& blob)
{
  auto const number = [&]
  {
    std::uint64_t value = 0;
    std::memcpy(&value, blob.data(), sizeof value);
    blob.remove_prefix(sizeof value);
    return value;
  };
  std::vector<std::string> texts(number());
  for (std::string& text : texts)
  {
    std::uint64_t const size = number();
    text = blob.substr(0, size);
    blob.remove_prefix(size);
  }
  return texts;
}

void append_chunks(std::vector<ChunkEntry> const& chunks, std::vector<std::int64_t>& numbers)
{
  numbers.push_back(static_cast<std::int64_t>(chunks.size()));
  for (ChunkEntry const& chunk : chunks)
  {
    numbers.insert(numbers.end(), {chunk.address, chunk.bytes, chunk.facts.minimum, chunk.facts.maximum,
                                   chunk.facts.missing});
  }
}

std::vector<ChunkEntry> take_chunks(std::int64_t const*& at)
{
  std::vector<ChunkEntry> chunks(static_cast<std::size_t>(*at++));
  for (ChunkEntry& chunk : chunks)
  {
    chunk = {at[0], at[1], {at[2], at[3], at[4]}};
    at += 5;
  }
  return chunks;
}

using Dictionaries = std::vector<std::vector<std::vector<std::string>>>;

/// Opens parts on the ranks they fall to and gives every rank what they say.
class PartSurvey
{
 public:
  PartSurvey(Comm const& comm, TableContent& content) : comm_(comm), content_(content) {}

  Dictionaries run()  // [all]
  {
    for (TableContent::Part& part : content_.parts)
    {
      part.columns.resize(content_.columns.size());
    }
    comm_.all_or_none("opening the archive", [&] { read_mine(); });
    if (comm_.size() > 1)
    {
      share_chunks();
      share_dictionaries();
    }
    return std::move(dictionaries_);
  }

 private:
  bool is_mine(std::size_t part) const { return rank_of(part) == comm_.rank(); }
  int rank_of(std::size_t part) const
  {
    return static_cast<int>(part * static_cast<std::size_t>(comm_.size()) / content_.parts.size());
  }
  bool begins_group(std::size_t part) const
  {
    return part == 0 || content_.parts[part].group != content_.parts[part - 1].group;
  }

  void read_mine()
  {
    std::size_t const groups = content_.parts.empty() ? 0 : content_.parts.back().group + 1;
    dictionaries_.assign(content_.columns.size(), std::vector<std::vector<std::string>>(groups));
    for (std::size_t p = 0; p < content_.parts.size(); ++p)
    {
      if (!is_mine(p))
      {
        continue;
      }
      try
      {
        read_part(p);
      }
      catch (Error const& error)
      {
        throw error.within(content_.parts[p].path.string());
      }
    }
  }

  void read_part(std::size_t p)
  {
    TableContent::Part& part = content_.parts[p];
    auto const file = content_.files.get(p, part.path);
    PartIndex const index(*file, part.digest, part.place.shard_rows);
    for (std::size_t c = 0; c < content_.columns.size(); ++c)
    {
      ColumnSchema const& schema = content_.columns[c].schema;
      std::size_t const number = number_of(part.digest, schema.name);
      TableContent::PartColumn& column = part.columns[c];
      column.is_present = number < part.digest.columns.size();
      if (!column.is_present)
      {
        continue;
      }
      column.storage = part.digest.columns[number].storage;
      column.cells = index.cells(number);
      column.validity = index.validity(number);
      if (begins_group(p) && schema.kind == ColumnKind::code)
      {
        dictionaries_[c][part.group] = index.dictionary(number);
      }
    }
  }

  void share_chunks()
  {
    std::vector<std::int64_t> mine;
    for (std::size_t p = 0; p < content_.parts.size(); ++p)
    {
      for (TableContent::PartColumn const& column : content_.parts[p].columns)
      {
        if (is_mine(p))
        {
          mine.push_back(column.is_present ? 1 : 0);
          mine.push_back(static_cast<std::int64_t>(column.storage));
          append_chunks(column.cells, mine);
          append_chunks(column.validity, mine);
        }
      }
    }
    std::vector<std::int64_t> const all = comm_.gather_all(mine);
    std::int64_t const* at = all.data();
    for (TableContent::Part& part : content_.parts)
    {
      for (TableContent::PartColumn& column : part.columns)
      {
        column.is_present = *at++ != 0;
        column.storage = static_cast<Storage>(*at++);
        column.cells = take_chunks(at);
        column.validity = take_chunks(at);
      }
    }
  }

  /// Ranks own parts in order, so the texts of all ranks, one after the other, are in order of the groups.
  void share_dictionaries()
  {
    std::string mine;
    for (std::size_t p = 0; p < content_.parts.size(); ++p)
    {
      for (auto const& column : dictionaries_)
      {
        if (begins_group(p) && is_mine(p))
        {
          append_texts(column[content_.parts[p].group], mine);
        }
      }
    }
    std::vector<std::string> const all = comm_.gather_all(mine);
    std::vector<std::string_view> rest(all.begin(), all.end());
    for (std::size_t p = 0; p < content_.parts.size(); ++p)
    {
      for (auto& column : dictionaries_)
      {
        if (begins_group(p))
        {
          column[content_.parts[p].group] = take_texts(rest[static_cast<std::size_t>(rank_of(p))]);
        }
      }
    }
  }

  Comm const& comm_;
  TableContent& content_;
  Dictionaries dictionaries_;
};

}  // namespace

std::vector<std::vector<std::vector<std::string>>> survey_parts(Comm const& comm, TableContent& content)
{
  return PartSurvey(comm, content).run();
}

}  // namespace tarifa
