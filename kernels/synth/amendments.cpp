#include "kernels/synth/amendments.hpp"

#include <algorithm>

namespace tarifa::kernels
{
namespace
{

constexpr std::uint64_t audit_stream = 254;

// What the bits of a declaration, or of one of its items, are drawn for; those of releases end at 417.
enum Purpose : std::uint64_t
{
  clerical_purpose = 450,
  clerical_kind_purpose,
  clerical_size_purpose,
  correction_purpose,
  correction_day_purpose,
  assessed_purpose,
  assessment_day_purpose,
  sampled_purpose,
  audit_found_purpose,
};

/// Books show what was paid and where goods were sold to, not what was in the box.
constexpr std::array<double, mechanism_count> audit_finds_fraud = {0,    0.70, 0.40, 0.50,
                                                                   0.50, 0.60, 0.30, 0.50};
constexpr double audit_finds_error = 0.60;

double unit(std::uint64_t bits)
{
  return static_cast<double>(bits >> 11) / 9007199254740992.0;
}

bool is_false(Item const& item)
{
  return item.mechanism != Mechanism::none || item.error != HonestError::none;
}

}  // namespace

/// One declaration and what happens to it, in the order of days.
class Amender::Case
{
 public:
  Case(Amender const& amender, Declaration const& declaration)
      : amender_(amender)
      , maker_(amender.maker_)
      , settings_(amender.settings_)
      , declaration_(declaration)
      , draws_(maker_.draws(declaration.head.number))
      , lodged_(maker_.absolute(declaration.head.day))
  {
  }

  Amendments make(Selection const& selection, Inspection const& inspection)
  {
    Day free_from = lodged_;  // while customs looks, the declarant may not touch it
    if (selection.channel != Channel::none)
    {
      free_from = maker_.absolute(inspection.result_day);
      if (inspection.items_found > 0 && unit(draws_.bits(assessed_purpose)) < settings_.assessed)
      {
        free_from += typical_days(4, fixed(1), assessment_day_purpose);
        plan_assessment(free_from, inspection);
      }
    }
    plan_correction(free_from);
    plan_audit();
    std::stable_sort(events_.begin(), events_.begin() + count_,
                     [](Event const& a, Event const& b) { return a.day < b.day; });
    for (int i = 0; i < count_; ++i)
    {
      carry_out(events_[static_cast<std::size_t>(i)]);
    }
    return std::move(amendments_);
  }

 private:
  struct Event
  {
    Day day = 0;
    Author author = Author::declarant;
    std::array<double, most_items> shown{};  ///< part of what is false that is put right; 0 = nothing
    bool is_clerical = false;
  };

  Day typical_days(double median, Fixed spread, Purpose purpose) const
  {
    World const& world = maker_.world();
    Fixed const power = scaled(spread, world.normal(draws_.bits(purpose))) + (Fixed{20} << fixed_bits);
    double const times = static_cast<double>(world.exp2(power)) / 1'048'576.0;
    constexpr double most = 500;
    return static_cast<Day>(1 + std::min(median * times, most));
  }

  void plan_assessment(Day day, Inspection const& inspection)
  {
    Event event{day, Author::inspection, {}, false};
    for (std::size_t i = 0; i < most_items; ++i)
    {
      event.shown[i] = inspection.found[i] ? inspection.shown[i] : 0;
    }
    events_[static_cast<std::size_t>(count_++)] = event;
  }

  void plan_correction(Day from)
  {
    Event event{from + typical_days(9, fixed(2), correction_day_purpose), Author::declarant, {}, false};
    event.is_clerical = unit(draws_.bits(clerical_purpose)) < settings_.clerical;
    bool any = event.is_clerical;
    for (int i = 0; i < declaration_.count; ++i)
    {
      auto const at = static_cast<std::size_t>(i);
      Item const& item = declaration_.items[at];
      double const draw = unit(maker_.draws(item.row).bits(correction_purpose));
      bool const disclosed = item.mechanism != Mechanism::none && draw < settings_.fraud_disclosed;
      bool const found = item.error != HonestError::none && draw < settings_.errors_found;
      amendments_.corrections[at] = disclosed           ? Correction::fraud_disclosed
                                    : found             ? Correction::error_found
                                    : event.is_clerical ? Correction::clerical
                                                        : Correction::none;
      event.shown[at] = disclosed || found ? 1 : 0;
      any = any || disclosed || found;
    }
    if (any)
    {
      events_[static_cast<std::size_t>(count_++)] = event;
    }
  }

  void plan_audit()
  {
    Importer const& importer = declaration_.head.importer;
    constexpr double sampled = 0.5;
    if (!amender_.is_audited(importer) || unit(draws_.bits(sampled_purpose)) >= sampled)
    {
      return;
    }
    Event event{amender_.audit_day(importer), Author::audit, {}, false};
    bool any = false;
    for (int i = 0; i < declaration_.count; ++i)
    {
      auto const at = static_cast<std::size_t>(i);
      Item const& item = declaration_.items[at];
      double const chance = item.mechanism != Mechanism::none
                                ? audit_finds_fraud[static_cast<std::size_t>(item.mechanism)]
                                : audit_finds_error;
      bool const found = is_false(item) && unit(maker_.draws(item.row).bits(audit_found_purpose)) < chance;
      amendments_.audit[at] =
          !is_false(item) ? Outcome::nothing_there : (found ? Outcome::found : Outcome::missed);
      event.shown[at] = found ? 1 : 0;
      any = any || found;
    }
    if (any)
    {
      events_[static_cast<std::size_t>(count_++)] = event;
    }
  }

  void carry_out(Event const& event)
  {
    Declaration const& before =
        amendments_.versions.empty() ? declaration_ : amendments_.versions.back().declaration;
    Version next{static_cast<int>(amendments_.versions.size()) + 2, event.day, event.author, before};
    Declaration& after = next.declaration;
    for (int i = 0; i < declaration_.count; ++i)
    {
      auto const at = static_cast<std::size_t>(i);
      if (event.shown[at] > 0)
      {
        put_right(after, at, event.shown[at]);
      }
    }
    if (event.is_clerical)
    {
      correct_clerk(after);
    }
    maker_.assess(after, joined_ ? LowValue::refused : LowValue::granted);
    bool differs = false;
    for (int i = 0; i < after.count; ++i)
    {
      differs = differs || i >= before.count || !changed_columns(before, after, i).empty();
    }
    if (differs)
    {
      amendments_.versions.push_back(next);
    }
  }

  /// Of a value that is off, `shown` of the gap is made good, of everything else all.
  void put_right(Declaration& declaration, std::size_t at, double shown)
  {
    Item& item = declaration.items[at];
    std::int64_t const invoice = item.declared.invoice;
    item.declared = item.truth;
    item.agreement_claimed = item.agreement_due;
    if (shown < 1)
    {
      double const gap = static_cast<double>(item.truth.invoice - invoice);
      item.declared.invoice = invoice + static_cast<std::int64_t>(gap * shown);
    }
    joined_ = joined_ || item.mechanism == Mechanism::split;
    // What was hidden becomes an item of its own, as long as a declaration has room.
    if (item.hidden_value > 0 && !added_[at] && declaration.count < static_cast<int>(most_items))
    {
      added_[at] = true;
      Item& more = declaration.items[static_cast<std::size_t>(declaration.count++)];
      more = Item{};
      more.row = item.row;
      more.truth.origin = item.truth.origin;
      more.truth.product = item.hidden_product;
      more.truth.net = more.truth.gross = item.hidden_net;
      more.truth.quantity = item.hidden_quantity;
      more.truth.invoice = item.hidden_value;
      more.declared = more.truth;
    }
  }

  void correct_clerk(Declaration& declaration)
  {
    constexpr std::array<std::string_view, 4> currencies = {"USD", "EUR", "CNY", "GBP"};
    Head& head = declaration.head;
    if ((draws_.bits(clerical_kind_purpose) & 1) != 0)
    {
      std::size_t const which = draws_.below(clerical_size_purpose, 3);
      head.currency = currencies[which] == head.currency ? currencies[3] : currencies[which];
      return;
    }
    // Weighed again: packing of 10 to 50 % more.
    Item& item = declaration.items[0];
    std::int64_t const packing = item.declared.gross - item.declared.net;
    std::int64_t const more = 1 + packing * (10 + draws_.below(clerical_size_purpose, 41)) / 100;
    item.declared.gross += more;
    item.truth.gross += more;
  }

  Amender const& amender_;
  DeclarationMaker const& maker_;
  AmendmentSettings const& settings_;
  Declaration const& declaration_;
  Draws draws_;
  Day lodged_;
  std::array<Event, 3> events_;
  int count_ = 0;
  bool joined_ = false;  ///< somebody has seen that it is a piece of a larger consignment
  std::array<bool, most_items> added_{};
  Amendments amendments_;
};

Amender::Amender(DeclarationMaker const& maker, AmendmentSettings const& settings)
    : maker_(maker)
    , settings_(settings)
{
}

Draws Amender::audit_draws(Importer const& importer) const noexcept
{
  return {stream_key(maker_.world().seed(), audit_stream, importer.seat),
          std::uint64_t{importer.occupant} << 32U | static_cast<std::uint64_t>(maker_.year().year)};
}

/// Three times as often the largest tenth, which has most of the trade.
bool Amender::is_audited(Importer const& importer) const noexcept
{
  bool const is_large = importer.rank <= maker_.actors().settings().seats / 10;
  constexpr double of_large = 3 / 1.2,
                   of_others = 1 / 1.2;  // a tenth at 3 and the rest at 1 have a mean of 1.2
  return unit(audit_draws(importer).bits(0)) < settings_.audited * (is_large ? of_large : of_others);
}

/// 60 to 720 days after the year.
Day Amender::audit_day(Importer const& importer) const noexcept
{
  constexpr std::uint32_t span = 661;
  return day_of_year_start(maker_.year().year + 1) + 60
         + static_cast<Day>(audit_draws(importer).below(1, span));
}

Amendments Amender::amend(Declaration const& declaration, Selection const& selection,
                          Inspection const& inspection) const
{
  return Case(*this, declaration).make(selection, inspection);
}

}  // namespace tarifa::kernels
