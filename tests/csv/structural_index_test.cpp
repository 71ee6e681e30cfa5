#include "pipeline/csv/structural_index.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tarifa
{
namespace
{

/// Bit k of each block is byte k, found by asking every byte.
std::vector<BlockMarks> marks_one_by_one(std::string const& text, char delimiter, char quote)
{
  std::vector<BlockMarks> blocks((text.size() + 63) / 64, BlockMarks{0, 0, 0, 0});
  for (std::size_t k = 0; k < text.size(); ++k)
  {
    BlockMarks& marks = blocks[k / 64];
    std::uint64_t const bit = std::uint64_t{1} << (k % 64);
    marks.separators |= text[k] == delimiter || text[k] == '\n' ? bit : 0;
    marks.line_feeds |= text[k] == '\n' ? bit : 0;
    marks.quotes |= quote != 0 && text[k] == quote ? bit : 0;
    marks.nuls |= text[k] == 0 ? bit : 0;
  }
  return blocks;
}

TEST(MarkFinder, finds_the_same_marks_among_all_byte_values_with_every_kind_of_lanes)
{
  std::mt19937 random(13);
  for (int trial = 0; trial < 3000; ++trial)
  {
    char const delimiter = ",;|\t\xA7"[random() % 5];
    char const quote = "\"'\0"[random() % 3];
    // Neighbours of the marks too: tricks with carries between bytes go wrong there first.
    std::string const near = std::string{delimiter, quote, '\n', '\0', '\x01', '\x0B', '\x80', '\xFF'}
                             + static_cast<char>(delimiter + 1) + static_cast<char>(delimiter ^ 0x80);
    std::string text(random() % 300, ' ');
    for (char& byte : text)
    {
      byte = random() % 2 == 0 ? near[random() % near.size()] : static_cast<char>(random() % 256);
    }
    std::vector<char> const copy(text.begin(), text.end());
    std::vector<BlockMarks> const expected = marks_one_by_one(text, delimiter, quote);
    for (Lanes const lanes : {best_lanes(), Lanes::sse2, Lanes::swar})
    {
      std::vector<BlockMarks> found(expected.size());
      mark_finder(lanes)(copy.data(), copy.size(), delimiter, quote, found.data());
      for (std::size_t block = 0; block < found.size(); ++block)
      {
        ASSERT_EQ(found[block].separators, expected[block].separators) << "lanes " << static_cast<int>(lanes);
        ASSERT_EQ(found[block].line_feeds, expected[block].line_feeds) << "lanes " << static_cast<int>(lanes);
        ASSERT_EQ(found[block].quotes, expected[block].quotes) << "lanes " << static_cast<int>(lanes);
        ASSERT_EQ(found[block].nuls, expected[block].nuls) << "lanes " << static_cast<int>(lanes);
      }
    }
  }
}

}  // namespace
}  // namespace tarifa
