#include "pipeline/csv/record_reader.hpp"

#include <algorithm>
#include <cstring>

namespace tarifa
{
namespace
{

/// State machine over one record. `limit_` is one past the last byte that may be looked at.
class Reader
{
 public:
  Reader(std::string_view text, std::size_t begin, bool at_end, Dialect const& dialect,
         std::vector<std::uint32_t>& field_end)
      : text_(text)
      , dialect_(dialect)
      , field_end_(field_end)
      , begin_(begin)
      , limited_(text.size() - begin > dialect.record_limit_bytes)
      , at_end_(at_end)
      , limit_(limited_ ? begin + dialect.record_limit_bytes + 1 : text.size())
      , position_(begin)
  {
  }

  enum class Outcome : std::uint8_t
  {
    next_field,
    record,
    open_quote,
    bad_quote,
    out_of_bytes,
  };

  Outcome read()
  {
    Outcome outcome = Outcome::next_field;
    while (outcome == Outcome::next_field)
    {
      bool const quoted = dialect_.quote != 0 && position_ < limit_ && text_[position_] == dialect_.quote;
      outcome = quoted ? quoted_field() : plain_field();
    }
    return outcome;
  }

  bool limited() const { return limited_; }
  bool has_nul() const { return nul_; }
  std::size_t end() const { return field_end_.back(); }
  std::size_t next() const { return position_; }
  std::size_t line_ends() const { return line_ends_; }

 private:
  Outcome plain_field()
  {
    for (; position_ < limit_; ++position_)
    {
      char const byte = text_[position_];
      if (byte == dialect_.delimiter || byte == '\n')
      {
        return close_field(byte);
      }
      nul_ |= byte == 0;
    }
    return at_limit();
  }

  Outcome quoted_field()
  {
    ++position_;
    for (;;)
    {
      char const* inside = text_.data() + position_;
      auto const* quote = static_cast<char const*>(std::memchr(inside, dialect_.quote, limit_ - position_));
      if (quote == nullptr)
      {
        return Outcome::open_quote;
      }
      auto const length = static_cast<std::size_t>(quote - inside);
      nul_ |= std::memchr(inside, 0, length) != nullptr;
      line_ends_ += static_cast<std::size_t>(std::count(inside, quote, '\n'));
      position_ += length + 1;
      if (position_ == limit_ || text_[position_] != dialect_.quote)
      {
        return after_quote();
      }
      ++position_;
    }
  }

  Outcome after_quote()
  {
    if (position_ == limit_)
    {
      return at_limit();
    }
    char const byte = text_[position_];
    if (byte == dialect_.delimiter || byte == '\n')
    {
      return close_field(byte);
    }
    if (byte == '\r' && position_ + 1 < limit_ && text_[position_ + 1] == '\n')
    {
      ++position_;
      return close_field('\n');
    }
    // A CR as the last byte may still turn out to be half a line end, save at the end of the file.
    bool const undecided = byte == '\r' && position_ + 1 == limit_ && (limited_ || !at_end_);
    return undecided ? Outcome::out_of_bytes : Outcome::bad_quote;
  }

  Outcome at_limit()
  {
    if (limited_ || !at_end_)
    {
      return Outcome::out_of_bytes;
    }
    field_end_.push_back(static_cast<std::uint32_t>(limit_));
    ++line_ends_;
    return Outcome::record;
  }

  Outcome close_field(char byte)
  {
    bool const line_end = byte == '\n';
    bool const with_return = line_end && position_ > begin_ && text_[position_ - 1] == '\r';
    field_end_.push_back(static_cast<std::uint32_t>(position_ - (with_return ? 1 : 0)));
    ++position_;
    line_ends_ += line_end ? 1 : 0;
    return line_end ? Outcome::record : Outcome::next_field;
  }

  std::string_view text_;
  Dialect const& dialect_;
  std::vector<std::uint32_t>& field_end_;
  std::size_t begin_;
  bool limited_, at_end_;
  std::size_t limit_, position_;
  std::size_t line_ends_ = 0;
  bool nul_ = false;
};

}  // namespace

RecordReading reject_line(std::string_view text, std::size_t begin, TextEnd text_end, RecordFault why)
{
  RecordReading reading;
  std::size_t const line_feed = text.find('\n', begin);
  bool const found = line_feed != std::string_view::npos;
  bool const at_end = text_end == TextEnd::file;
  if (!found && text_end == TextEnd::near)
  {
    reading.judged = false;
    return reading;
  }
  reading.fault = why;
  reading.end = found ? line_feed : text.size();
  reading.next = found ? line_feed + 1 : text.size();
  reading.line_ends = found || at_end ? 1 : 0;
  reading.open_line = !found && !at_end;
  if ((found || !at_end) && reading.end > begin && text[reading.end - 1] == '\r')
  {
    --reading.end;
    if (!found)
    {
      // Whether this CR is data shows only with the next byte: it is left to the next scan, so that the spans
      // of the line do not depend on the cut.
      reading.next = reading.end;
    }
  }
  return reading;
}

RecordReading read_record(std::string_view text, std::size_t begin, TextEnd text_end, Dialect const& dialect,
                          std::size_t fields, std::vector<std::uint32_t>& field_end)
{
  bool const at_end = text_end == TextEnd::file;
  using Outcome = Reader::Outcome;
  std::size_t const fields_before = field_end.size();
  Reader reader(text, begin, at_end, dialect, field_end);
  Outcome const outcome = reader.read();
  if (outcome == Outcome::record)
  {
    RecordReading reading;
    reading.end = reader.end();
    reading.next = reader.next();
    reading.line_ends = reader.line_ends();
    if (reader.has_nul())
    {
      reading.fault = RecordFault::nul_byte;
    }
    else if (field_end.size() - fields_before != fields)
    {
      reading.fault = RecordFault::field_count;
    }
    return reading;
  }
  if (outcome == Outcome::bad_quote)
  {
    return reject_line(text, begin, text_end, RecordFault::bad_quote);
  }
  if (!reader.limited() && !at_end)
  {
    RecordReading reading;
    reading.judged = false;
    return reading;
  }
  return reject_line(text, begin, text_end,
                     outcome == Outcome::open_quote ? RecordFault::unclosed_quote : RecordFault::too_long);
}

}  // namespace tarifa
