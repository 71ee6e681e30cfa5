#include "pipeline/ingest/vintage_files.hpp"

#include <fstream>

#include "tests/archive/archive_fixture.hpp"
#include <gtest/gtest.h>

#include "pipeline/archive/durable_file.hpp"

using namespace tarifa;

namespace
{

namespace fs = std::filesystem;

/// An archive of table "t" in which parts are small texts: only their places matter here.
class VintageFilesTest : public ::testing::Test
{
 protected:
  fs::path table() const { return scratch_.path() / "t"; }
  static void put(fs::path const& path, std::string const& text)
  {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  static std::string text_of(fs::path const& path)
  {
    return fs::exists(path) ? read_text(path) : "not there";
  }

  static Manifest manifest()
  {
    Manifest one;
    one.table.table = "t";
    one.vintage = "v1";
    return one;
  }
  void put_pending(std::string const& partition, std::string const& text) const
  {
    put(table() / partition / files_.pending_folder() / "part-0000.h5", text);
  }

  tarifa::testing::ScratchFolder scratch_{"vintage_files"};
  VintageFiles files_{scratch_.path(), "t", "v1"};
};

TEST_F(VintageFilesTest, PutsPartsAndRejectsInTheirPlacesAndTheManifestOnTop)
{
  put_pending("2019", "parts");
  put(files_.pending_rejects(), "rejects");
  files_.install(manifest());
  EXPECT_EQ(text_of(table() / "2019" / "v1" / "part-0000.h5"), "parts");
  EXPECT_EQ(text_of(files_.rejects()), "rejects");
  EXPECT_EQ(vintages_of(scratch_.path(), "t"), std::vector<std::string>{"v1"});
  EXPECT_FALSE(fs::exists(table() / "2019" / files_.pending_folder()));
}

TEST_F(VintageFilesTest, AReplacedVintageStaysAsItIsWhenTheNewOneIsGivenUp)
{
  put_pending("2019", "old");
  put(files_.pending_rejects(), "old rejects");
  files_.install(manifest());
  put_pending("2019", "new");
  put_pending("2020", "new");
  put(files_.pending_rejects(), "new rejects");
  files_.clear();
  EXPECT_EQ(text_of(table() / "2019" / "v1" / "part-0000.h5"), "old");
  EXPECT_EQ(text_of(files_.rejects()), "old rejects");
  EXPECT_EQ(vintages_of(scratch_.path(), "t").size(), 1U);
  EXPECT_FALSE(fs::exists(table() / "2020"));
  EXPECT_FALSE(fs::exists(table() / "2019" / files_.pending_folder()));
}

TEST_F(VintageFilesTest, ANewDeliveryLeavesNothingOfTheOneItReplaces)
{
  put_pending("2018", "old");
  put_pending("2019", "old");
  put(files_.pending_rejects(), "old rejects");
  files_.install(manifest());
  put_pending("2019", "new");
  files_.install(manifest());
  EXPECT_EQ(text_of(table() / "2019" / "v1" / "part-0000.h5"), "new");
  EXPECT_FALSE(fs::exists(table() / "2018"));
  EXPECT_FALSE(fs::exists(files_.rejects()));
}

TEST_F(VintageFilesTest, ClearsWhatAnUnfinishedRunLeftAndNothingElse)
{
  put_pending("2019", "half");
  put(table() / "2019" / "v1" / "part-0000.h5", "moved, but without a manifest");
  put(table() / "2019" / "v0" / "part-0000.h5", "of another vintage");
  put(table() / "notes.txt", "of a person");
  files_.clear();
  EXPECT_FALSE(fs::exists(table() / "2019" / files_.pending_folder()));
  EXPECT_FALSE(fs::exists(table() / "2019" / "v1"));
  EXPECT_EQ(text_of(table() / "2019" / "v0" / "part-0000.h5"), "of another vintage");
  EXPECT_EQ(text_of(table() / "notes.txt"), "of a person");
}

}  // namespace
