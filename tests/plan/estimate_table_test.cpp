// The plan of a very large archive: from its manifest alone, in moments.
#include "pipeline/archive/estimate_table.hpp"

#include <chrono>
#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "pipeline/archive/durable_file.hpp"
#include "pipeline/archive/layout.hpp"
#include "pipeline/archive/manifest.hpp"
#include "pipeline/plan/plan.hpp"

namespace tarifa
{
namespace
{

namespace fs = std::filesystem;

constexpr int partitions = 40, parts = 60;
constexpr std::int64_t shard_rows = 131'072, part_rows = 64 * shard_rows - 1000;

/// 20 billion rows in parts that are not equally dense; no part is there.
Manifest large_manifest()
{
  Manifest manifest;
  manifest.table.table = "trade";
  manifest.table.columns = {{.name = "value", .kind = ColumnKind::integer}};
  manifest.vintage = "v1";
  manifest.shard_rows = shard_rows;
  for (int p = 0; p < partitions; ++p)
  {
    Manifest::Partition partition;
    partition.name = std::to_string(1980 + p);
    for (int i = 0; i < parts; ++i)
    {
      PartDigest part;
      part.file = part_file_name(i);
      part.rows = part_rows;
      part.bytes = part_rows * (20 + (p * 7 + i * 3) % 25);
      part.digest = std::string(32, 'a');
      part.columns = {{"value", Storage::i64, {0, 1, 0}}};
      part.index = {1, 2, std::string(32, 'b')};
      partition.rows += part.rows;
      partition.parts.push_back(part);
    }
    manifest.partitions.push_back(partition);
  }
  return manifest;
}

TEST(EstimateTable, AThousandRanksOverAManifestWithManyPartsArePlannedInMomentsAndEvenly)
{
  Comm const comm(MPI_COMM_WORLD);
  fs::path const archive = fs::path(testing::TempDir()) / fmt::format("large-archive-{}", comm.size());
  comm.all_or_none("archive",
                   [&]
                   {
                     if (comm.is_root())
                     {
                       fs::remove_all(archive);
                       fs::path const place = manifest_path(archive, "trade", "v1");
                       fs::create_directories(place.parent_path());
                       write_manifest(place, large_manifest());
                     }
                   });
  auto const begin = std::chrono::steady_clock::now();
  Estimate const estimate = estimate_table(comm, archive, "trade", {});
  Plan const plan = make_plan("mirror", estimate, {1000, 50, 4, 1 << 30}, {});
  double const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  EXPECT_EQ(estimate.rows, partitions * parts * part_rows);
  EXPECT_EQ(estimate.units.size(), static_cast<std::size_t>(partitions * parts * 64));
  EXPECT_LT(seconds, 1);
  std::int64_t bytes = 0;
  for (RankWork const& one : plan.work)
  {
    EXPECT_NEAR(static_cast<double>(one.rows), static_cast<double>(estimate.rows) / 1000, shard_rows);
    bytes += one.bytes;
  }
  std::int64_t expected = 0;
  for (WorkUnit const& unit : estimate.units)
  {
    expected += unit.bytes;
  }
  EXPECT_EQ(bytes, expected);
  // Rows are dealt evenly; bytes a row differ by a third of the mean from part to part.
  EXPECT_LT(plan.imbalance(), 1.4);
  EXPECT_GT(plan.imbalance(), 1.0);

  Estimate const year = estimate_table(comm, archive, "trade", {{}, {"1999"}, "", 1});
  EXPECT_EQ(year.rows, parts * part_rows);
  EXPECT_THROW(estimate_table(comm, archive, "trade", {{}, {"1066"}, "", 1}), Error);
  EXPECT_THROW(estimate_table(comm, archive, "none", {}), Error);
  comm.barrier();
  if (comm.is_root())
  {
    fs::remove_all(archive);
  }
}

}  // namespace
}  // namespace tarifa
