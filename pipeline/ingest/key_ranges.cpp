#include "pipeline/ingest/key_ranges.hpp"

#include <algorithm>

namespace tarifa
{

KeyRanges::KeyRanges(Comm const& comm, Source const& source, std::vector<StagedThread> const& threads)
    : names_(source.key)
    , ranges_(source.key.size())
    , texts_(source.key.size())
{
  for (std::size_t k = 0; k < names_.size(); ++k)
  {
    std::size_t const column = source.column(names_[k]);
    Texts texts;
    for (StagedThread const& thread : threads)
    {
      KeyRange const& range = thread.key_ranges[k];
      ranges_[k].least = std::min(ranges_[k].least, range.least);
      ranges_[k].most = std::max(ranges_[k].most, range.most);
      ranges_[k].any_missing = ranges_[k].any_missing || range.any_missing;
      if (!thread.texts[column].empty())
      {
        auto const [least, most] = std::ranges::minmax_element(thread.texts[column]);
        texts.least = texts.any ? std::min(texts.least, *least) : *least;
        texts.most = texts.any ? std::max(texts.most, *most) : *most;
        texts.any = true;
      }
    }
    ranges_[k].least = comm.min(ranges_[k].least);
    ranges_[k].most = comm.max(ranges_[k].most);
    ranges_[k].any_missing = comm.max(ranges_[k].any_missing ? 1 : 0) != 0;
    std::vector<std::string> const least = comm.gather_all(texts.least);
    std::vector<std::string> const most = comm.gather_all(texts.most);
    std::vector<std::int64_t> const any = comm.gather_all(std::vector<std::int64_t>{texts.any ? 1 : 0});
    for (std::size_t rank = 0; rank < any.size(); ++rank)
    {
      if (any[rank] != 0)
      {
        texts_[k].least = texts_[k].any ? std::min(texts_[k].least, least[rank]) : least[rank];
        texts_[k].most = texts_[k].any ? std::max(texts_[k].most, most[rank]) : most[rank];
        texts_[k].any = true;
      }
    }
  }
}

/// Facts of a shard may be those of more rows than count, so they can only rule out.
bool KeyRanges::may_match(KeyRange const& range, ColumnFacts const& facts)
{
  return (facts.missing > 0 && range.any_missing)
         || (facts.minimum <= range.most && facts.maximum >= range.least);
}

bool KeyRanges::may_match(PartDigest const& part) const
{
  for (std::size_t k = 0; k < names_.size(); ++k)
  {
    auto const column =
        std::ranges::find_if(part.columns, [&](auto const& one) { return one.name == names_[k]; });
    bool const is_out = column == part.columns.end()
                            ? !ranges_[k].any_missing
                            : !texts_[k].any && !may_match(ranges_[k], column->facts);
    if (is_out)
    {
      return false;
    }
  }
  return true;
}

KeyRanges::InTable::InTable(KeyRanges const& ranges, TableReader const& table)
    : table_(table)
    , ranges_(ranges.ranges_)
{
  for (std::size_t k = 0; k < ranges_.size(); ++k)
  {
    Texts const& texts = ranges.texts_[k];
    if (table.column(k).schema.kind == ColumnKind::code)
    {
      std::vector<std::string> const& dictionary = table.column(k).dictionary;
      auto const first = std::ranges::lower_bound(dictionary, texts.least);
      auto const end = std::ranges::upper_bound(dictionary, texts.most);
      ranges_[k].least = texts.any ? first - dictionary.begin() : std::int64_t{1};
      ranges_[k].most = texts.any ? end - dictionary.begin() - 1 : std::int64_t{0};
    }
  }
}

bool KeyRanges::InTable::may_match(std::size_t shard) const
{
  for (std::size_t k = 0; k < ranges_.size(); ++k)
  {
    if (!KeyRanges::may_match(ranges_[k], table_.facts(shard, k)))
    {
      return false;
    }
  }
  return true;
}

}  // namespace tarifa
