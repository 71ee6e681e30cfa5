#include "pipeline/ingest/parsed_delivery.hpp"

#include <algorithm>
#include <mutex>
#include <optional>

namespace tarifa
{

ParsedDelivery::ParsedDelivery(Comm const& comm, Source const& source, Reasons const& reasons,
                               std::vector<InputFile> const& files)
    : comm_(comm)
    , source_(source)
    , reasons_(reasons)
    , files_(files)
{
  for (InputFile const& file : files)
  {
    headers_.push_back(file.header);
    fields_.push_back(file.fields);
  }
}

void ParsedDelivery::remove_stage(ThreadTeam& team)
{
  team.each(parsers_.size(), [&](std::size_t thread, int) { parsers_[thread]->remove_stage(); });
}

void ParsedDelivery::parse(ThreadTeam& team, Log& log, Staging const& staging)
{
  BlockFeed feed(comm_, source_, files_, staging.block_bytes);
  comm_.all_or_none("reading input",
                    [&]
                    {
                      BlockParser::Shared const shared{source_,      reasons_,           headers_,
                                                       fields_,      staging.folder,     staging.mode,
                                                       comm_.rank(), staging.spills_keys};
                      for (int thread = 0; thread < team.threads(); ++thread)
                      {
                        parsers_.push_back(std::make_unique<BlockParser>(shared, thread));
                      }
                      parse_blocks(team, log, feed);
                    });
  mend_guesses(feed);
  comm_.all_or_none("staging",
                    [&]
                    {
                      for (auto const& parser : parsers_)
                      {
                        parser->finish();
                        if (!withdrawn_.empty() && staging.mode == AppendMode::write)
                        {
                          parser->recount(outcomes_);
                        }
                      }
                    });
  read_ = feed.read();
}

void ParsedDelivery::parse_blocks(ThreadTeam& team, Log& log, BlockFeed& feed)
{
  std::mutex mutex;
  team.run(
      [&](int thread)
      {
        BlockFeed::Block block;
        while (!team.failed() && feed.next(block))
        {
          BlockOutcome outcome = parsers_[static_cast<std::size_t>(thread)]->parse(
              block.text, [&] { return feed.lengthen(block); });
          std::scoped_lock const lock(mutex);
          log.count(outcome.read.records, outcome.read.bytes);
          log.progress(static_cast<std::int64_t>(feed.bytes_handed_out()),
                       static_cast<std::int64_t>(feed.bytes_total()), "bytes");
          outcomes_.resize(std::max(outcomes_.size(), block.number + 1));
          outcomes_[block.number] = std::move(outcome);
        }
      });
}

/// Where a block really began is known once the block before it was parsed. A wrong guess is parsed again
/// from the right place, until the chain of blocks closes over all ranks.
void ParsedDelivery::mend_guesses(BlockFeed& feed)
{
  std::int64_t mended = 1;
  while (mended > 0)
  {
    std::vector<std::int64_t> ends;  // file and exit of the last block of each rank that has any
    if (!outcomes_.empty())
    {
      ends = {comm_.rank(), outcomes_.back().file, static_cast<std::int64_t>(outcomes_.back().exit),
              static_cast<std::int64_t>(outcomes_.back().exit_open)};
    }
    std::vector<std::int64_t> const all = comm_.gather_all(ends);
    std::int64_t const here =
        comm_.all_or_none("checking where blocks begin", [&] { return mend_here(feed, all); });
    mended = comm_.sum(here);
  }
}

std::int64_t ParsedDelivery::mend_here(BlockFeed& feed, std::vector<std::int64_t> const& ends)
{
  std::int64_t mended = 0;
  struct End
  {
    std::uint32_t file;
    std::uint64_t exit;
    bool open;
  };
  std::optional<End> before;
  for (std::size_t i = 0; i < ends.size() && ends[i] < comm_.rank(); i += 4)
  {
    before = {static_cast<std::uint32_t>(ends[i + 1]), static_cast<std::uint64_t>(ends[i + 2]),
              ends[i + 3] != 0};
  }
  for (BlockOutcome& outcome : outcomes_)
  {
    bool const follows = before && before->file == outcome.file;
    if (follows && (outcome.start != before->exit || outcome.start_open != before->open))
    {
      BlockFeed::Block block;
      feed.again(block, outcome.file, outcome.begin, before->exit);
      block.text.open_line = before->open;
      for (RunRef const& run : outcome.runs)
      {
        withdrawn_.insert(run.number);
      }
      outcome = parsers_.front()->parse(block.text, [&] { return feed.lengthen(block); });
      ++mended;
    }
    before = {outcome.file, outcome.exit, outcome.exit_open};
  }
  return mended;
}

}  // namespace tarifa
