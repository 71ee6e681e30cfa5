#include <algorithm>
#include <array>
#include <cctype>

#include "pipeline/csv/blanks.hpp"
#include "pipeline/csv/field_parser.hpp"
#include "pipeline/run/error.hpp"

namespace tarifa
{
namespace
{

constexpr std::array<std::string_view, 12> month_names = {"january",   "february", "march",    "april",
                                                          "may",       "june",     "july",     "august",
                                                          "september", "october",  "november", "december"};

bool is_letter(char byte)
{
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

char lower(char byte)
{
  return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
}

/// Month 1-12 of the letters at the front, which it takes; 0 when they are no month.
int take_month_name(std::string_view& text)
{
  std::size_t letters = 0;
  while (letters < text.size() && is_letter(text[letters]))
  {
    ++letters;
  }
  for (std::size_t month = 0; month < month_names.size(); ++month)
  {
    std::string_view const name = month_names[month];
    bool const whole_or_short = letters == name.size() || letters == 3;
    if (whole_or_short
        && std::equal(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(letters), name.begin(),
                      [](char given, char wanted) { return lower(given) == wanted; }))
    {
      text.remove_prefix(letters);
      return static_cast<int>(month) + 1;
    }
  }
  return 0;
}

/// Takes `least` to `most` digits; -1 when there are fewer.
int take_number(std::string_view& text, std::size_t least, std::size_t most)
{
  int number = 0;
  std::size_t taken = 0;
  while (taken < most && taken < text.size() && text[taken] >= '0' && text[taken] <= '9')
  {
    number = number * 10 + (text[taken] - '0');
    ++taken;
  }
  text.remove_prefix(taken);
  return taken < least ? -1 : number;
}

bool is_leap(int year)
{
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

Error bad_pattern(std::string const& pattern, std::string const& what)
{
  return {Fault::usage, "date pattern '" + pattern + "' " + what
                            + " (use YYYY YY MM M Mon DD D hh mm ss and marks, as in YYYY-MM-DD)"};
}

}  // namespace

// Years are counted from March, so that the leap day is the last of its year and month lengths follow one
// line: the months from March on begin on day (153 m + 2) / 5.
std::int32_t days_of(int year, int month, int day)
{
  constexpr int eras = 5000;  // of 400 years, added so that divisions round down without asking for the sign
  constexpr int era_days = 146097;
  auto const march_year = static_cast<unsigned>(year - (month <= 2 ? 1 : 0) + 400 * eras);
  auto const march_month = static_cast<unsigned>(month + (month <= 2 ? 9 : -3));
  unsigned const year_days = march_year * 365 + march_year / 4 - march_year / 100 + march_year / 400;
  unsigned const month_days = (153 * march_month + 2) / 5;
  constexpr int days_before_1970 = 719468 + eras * era_days;  // from March 1 of the year that is 0 here
  return static_cast<std::int32_t>(year_days + month_days) + day - 1 - days_before_1970;
}

void civil_of(std::int32_t days, int& year, int& month, int& day)
{
  constexpr int era_days = 146097;  // 400 years
  std::int64_t const since_march_0 = std::int64_t{days} + 719468;
  std::int64_t const era = (since_march_0 >= 0 ? since_march_0 : since_march_0 - (era_days - 1)) / era_days;
  auto const day_of_era = static_cast<int>(since_march_0 - era * era_days);
  // Every 4 years but the centuries, and the 400th year again, have one day more: take those days out first.
  int const year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int const day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int const march_month = (5 * day_of_year + 2) / 153;
  day = day_of_year - (153 * march_month + 2) / 5 + 1;
  month = march_month < 10 ? march_month + 3 : march_month - 9;
  year = static_cast<int>(era * 400) + year_of_era + (month <= 2 ? 1 : 0);
}

DateFormat::DateFormat(std::string_view pattern) : pattern_(pattern)
{
  compile();
  check_pieces();
  fix_places();
}

void DateFormat::compile()
{
  struct Word
  {
    std::string_view text;
    Piece piece;
  };
  // Longer words first, so that MM is not read as M twice.
  static constexpr Word words[] = {{"YYYY", {'Y', 0, 4, 4}}, {"YY", {'Y', 0, 2, 2}}, {"Mon", {'b', 0, 0, 0}},
                                   {"MM", {'M', 0, 2, 2}},   {"M", {'M', 0, 1, 2}},  {"DD", {'D', 0, 2, 2}},
                                   {"D", {'D', 0, 1, 2}},    {"b", {'b', 0, 0, 0}},  {"hh", {'h', 0, 2, 2}},
                                   {"mm", {'m', 0, 2, 2}},   {"ss", {'s', 0, 2, 2}}};
  std::string_view rest = pattern_;
  while (!rest.empty())
  {
    auto const* const word =
        std::find_if(std::begin(words), std::end(words),
                     [&](Word const& known) { return rest.substr(0, known.text.size()) == known.text; });
    if (word != std::end(words))
    {
      pieces_.push_back(word->piece);
      rest.remove_prefix(word->text.size());
      continue;
    }
    char const mark = rest.front();
    if (is_letter(mark) && mark != 'T' && mark != 'Z')
    {
      throw bad_pattern(pattern_, std::string("has the letter '") + mark + "', which means nothing here");
    }
    if (mark >= '0' && mark <= '9')
    {
      throw bad_pattern(pattern_, std::string("has the digit '") + mark + "'");
    }
    pieces_.push_back({0, mark, 1, 1});
    rest.remove_prefix(1);
  }
}

void DateFormat::check_pieces() const
{
  auto const count = [&](std::string_view which)
  {
    return std::count_if(pieces_.begin(), pieces_.end(),
                         [&](Piece const& piece)
                         { return piece.what != 0 && which.find(piece.what) != std::string_view::npos; });
  };
  for (auto const& [which, name] : {std::pair{"Y", "year"}, std::pair{"Mb", "month"}, std::pair{"D", "day"}})
  {
    if (count(which) != 1)
    {
      throw bad_pattern(pattern_, std::string(count(which) == 0 ? "has no " : "has more than one ") + name);
    }
  }
  for (std::size_t k = 0; k + 1 < pieces_.size(); ++k)
  {
    bool const open_ended = pieces_[k].least != pieces_[k].most;
    bool const digits_follow = pieces_[k + 1].what != 0 && pieces_[k + 1].what != 'b';
    bool const name_runs_on =
        pieces_[k].what == 'b' && (pieces_[k + 1].what == 'b' || is_letter(pieces_[k + 1].literal));
    if ((open_ended && digits_follow) || name_runs_on)
    {
      throw bad_pattern(pattern_, "does not say where the month or the day ends");
    }
  }
}

void DateFormat::fix_places()
{
  std::string zeros;
  std::string guards;
  Fixed fixed;
  for (Piece const& piece : pieces_)
  {
    if (piece.what == 0)
    {
      zeros += piece.literal;
      guards += '\x7F';
      continue;
    }
    bool const whole_year = piece.what != 'Y' || piece.most == 4;
    if (!whole_year || piece.least != piece.most || piece.most == 0
        || std::string_view("YMD").find(piece.what) == std::string_view::npos)
    {
      return;
    }
    (piece.what == 'Y' ? fixed.year : piece.what == 'M' ? fixed.month : fixed.day) = zeros.size();
    zeros.append(piece.most, '0');
    guards.append(piece.most, '\x76');
  }
  constexpr std::size_t least = 8;
  constexpr std::size_t most = 16;
  if (zeros.size() < least || zeros.size() > most)
  {
    return;
  }
  fixed.size = zeros.size();
  fixed.first = digits::load8(zeros.data());
  fixed.last = digits::load8(zeros.data() + zeros.size() - 8);
  fixed.first_guard = digits::load8(guards.data());
  fixed.last_guard = digits::load8(guards.data() + guards.size() - 8);
  fixed_ = fixed;
}

ParseResult DateFormat::checked_days(int year, int month, int day, std::int32_t& days)
{
  static constexpr std::array<std::int8_t, 13> lengths = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1)
  {
    return ParseResult::out_of_range;
  }
  int const length = lengths[static_cast<std::size_t>(month)] + (month == 2 && is_leap(year) ? 1 : 0);
  if (day > length)
  {
    return ParseResult::out_of_range;
  }
  days = days_of(year, month, day);
  return ParseResult::ok;
}

ParseResult DateFormat::parse_pieces(std::string_view text, std::int32_t& days) const
{
  text = without_blanks(text);
  int year = 0;
  int month = 0;
  int day = 0;
  bool time_exists = true;
  for (Piece const& piece : pieces_)
  {
    if (piece.what == 0)
    {
      if (text.empty() || text.front() != piece.literal)
      {
        return ParseResult::malformed;
      }
      text.remove_prefix(1);
      continue;
    }
    bool const named = piece.what == 'b';
    int const number = named ? take_month_name(text) : take_number(text, piece.least, piece.most);
    if (number < (named ? 1 : 0))
    {
      return ParseResult::malformed;
    }
    switch (piece.what)
    {
      case 'Y':
        year = piece.most == 4 ? number : number + (number < 70 ? 2000 : 1900);
        break;
      case 'D':
        day = number;
        break;
      case 'h':
        time_exists &= number < 24;
        break;
      case 'm':
        time_exists &= number < 60;
        break;
      case 's':
        time_exists &= number <= 60;  // a leap second is a second
        break;
      default:
        month = number;
    }
  }
  if (!text.empty())
  {
    return ParseResult::malformed;
  }
  return time_exists ? checked_days(year, month, day, days) : ParseResult::out_of_range;
}

}  // namespace tarifa
