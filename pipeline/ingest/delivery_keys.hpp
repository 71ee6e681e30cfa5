#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/ingest/earlier_rows.hpp"
#include "pipeline/ingest/key_settlement.hpp"
#include "pipeline/ingest/other_vintages.hpp"
#include "pipeline/ingest/parsed_delivery.hpp"

namespace tarifa
{

/// The keys of a delivery, compared with each other and with those of the other vintages.
class DeliveryKeys
{
 public:
  /// Records are compared at all: the source says what makes a duplicate, or has a key.
  static bool are_wanted(Source const& source)
  {
    return source.duplicates != DuplicateRule::none || !source.key.empty();
  }

  /// All of these must outlive the object; `files` is the number of delivered files.
  DeliveryKeys(Comm const& comm, Source const& source, ParsedDelivery const& delivery, std::size_t files);

  struct Place
  {
    std::filesystem::path archive, stage_folder;
    std::string vintage;  ///< the delivery becomes
    TableSchema const& schema;
    std::int64_t memory_bytes = 0;  ///< budget of a rank
  };
  /// [all] After the delivery was parsed. Error(usage) when a later vintage has a key of it.
  void settle(ThreadTeam& team, Log& log, Place const& place);
  /// [all] Another run may have published since then. That harms only when it has keys of this delivery:
  /// Error(storage). Spills of settled() cannot be read afterwards.
  void require_unchanged(ThreadTeam& team, Log& log, Place const& place) const;

  KeySettlement const& settled() const noexcept { return settled_; }
  EarlierRows const& earlier() const noexcept { return earlier_; }

 private:
  EarlierRows search(ThreadTeam& team, Log& log, Place const& place, OtherVintages const& others,
                     std::vector<std::string> const& vintages) const;
  DeliveredKeys delivered(Place const& place) const;
  void throw_everywhere(Error const& error) const;

  Comm const& comm_;
  Source const& source_;
  ParsedDelivery const& delivery_;
  std::size_t files_;
  SpilledBuckets<KeyEntry> keys_;
  std::optional<OtherVintages> others_;  ///< of a source with a key
  EarlierRows earlier_;
  KeySettlement settled_;
};

}  // namespace tarifa
