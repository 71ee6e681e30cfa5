#include "pipeline/source/ini.hpp"

#include <algorithm>
#include <set>

namespace tarifa
{
namespace
{

constexpr std::size_t most_faults_shown = 50;

IniSection section_of(std::string_view head, int line)
{
  std::size_t const blank = head.find_first_of(" \t");
  IniSection section{std::string(head.substr(0, blank)), {}, line, {}};
  if (blank != std::string_view::npos)
  {
    section.label = trimmed(head.substr(blank));
  }
  return section;
}

/// One line of the file; `at` is where keys go: the last section, or null before the first.
class LineReader
{
 public:
  explicit LineReader(FaultList& faults) : faults_(faults) {}

  void read(std::string_view line, int number)
  {
    if (line.empty() || line.front() == '#' || line.front() == ';')
    {
      return;
    }
    if (line.front() == '[')
    {
      read_head(line, number);
    }
    else
    {
      read_entry(line, number);
    }
  }

  std::vector<IniSection> sections;

 private:
  void read_head(std::string_view line, int number)
  {
    bool const closed = line.size() > 1 && line.back() == ']';
    if (!closed)
    {
      faults_.add(number, "", "a section is written [name]");
    }
    sections.push_back(section_of(trimmed(line.substr(1, line.size() - (closed ? 2 : 1))), number));
    if (closed && !titles_.insert(sections.back().title()).second)
    {
      faults_.add(number, sections.back().title(), "the section stands twice");
    }
    keys_.clear();
  }

  void read_entry(std::string_view line, int number)
  {
    std::size_t const equals = line.find('=');
    std::string_view const key = trimmed(line.substr(0, equals));
    std::string const where = sections.empty() ? "" : sections.back().title() + " " + std::string(key);
    if (equals == std::string_view::npos || key.empty())
    {
      faults_.add(number, where, "a line is written key = value");
    }
    else if (sections.empty())
    {
      faults_.add(number, key, "stands before the first [section]");
    }
    else if (!keys_.insert(std::string(key)).second)
    {
      faults_.add(number, where, "the key stands twice in its section");
    }
    else
    {
      sections.back().entries.push_back(
          {std::string(key), std::string(trimmed(line.substr(equals + 1))), number});
    }
  }

  FaultList& faults_;
  std::set<std::string> titles_, keys_;
};

}  // namespace

std::string IniSection::title() const
{
  return "[" + kind + (label.empty() ? "" : " " + label) + "]";
}

int IniSection::line_of(std::string_view key) const
{
  auto const found =
      std::find_if(entries.begin(), entries.end(), [&](auto const& e) { return e.key == key; });
  return found == entries.end() ? line : found->line;
}

bool IniSection::has(std::string_view key) const
{
  return std::any_of(entries.begin(), entries.end(), [&](auto const& e) { return e.key == key; });
}

void FaultList::add(int line, std::string_view where, std::string_view reason)
{
  faults_.push_back({line, std::string(where) + (where.empty() ? "" : ": ") + std::string(reason)});
}

void FaultList::throw_if_any(std::string_view what) const
{
  if (faults_.empty())
  {
    return;
  }
  std::vector<Entry> sorted = faults_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](auto const& a, auto const& b) { return a.line < b.line; });
  std::string message =
      std::string(what) + ": " + std::to_string(sorted.size()) + (sorted.size() == 1 ? " fault" : " faults");
  for (std::size_t i = 0; i < sorted.size() && i < most_faults_shown; ++i)
  {
    message +=
        "\n  " + (sorted[i].line > 0 ? "line " + std::to_string(sorted[i].line) + ": " : "") + sorted[i].text;
  }
  if (sorted.size() > most_faults_shown)
  {
    message += "\n  and " + std::to_string(sorted.size() - most_faults_shown) + " more";
  }
  throw Error(Fault::usage, message);
}

std::vector<IniSection> parse_ini(std::string_view text, FaultList& faults)
{
  if (text.starts_with("\xEF\xBB\xBF"))  // editors on Windows put a byte-order mark in front
  {
    text.remove_prefix(3);
  }
  LineReader reader(faults);
  for (int number = 1; !text.empty(); ++number)
  {
    std::size_t const end = text.find('\n');
    reader.read(trimmed(text.substr(0, end)), number);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return std::move(reader.sections);
}

std::string_view trimmed(std::string_view text)
{
  constexpr std::string_view blanks = " \t\r\n\v\f";
  std::size_t const first = text.find_first_not_of(blanks);
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string folded(std::string_view text)
{
  std::string lower(text);
  for (char& c : lower)
  {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return lower;
}

}  // namespace tarifa
