#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "kernels/synth/actors.hpp"
#include "kernels/synth/fraud.hpp"
#include "kernels/synth/tariff.hpp"

namespace tarifa::kernels
{

enum class Transport : std::uint8_t
{
  sea,
  rail,
  road,
  air,
  mail,
};
/// UN/ECE Recommendation 19: 1 sea, 2 rail, 3 road, 4 air, 5 mail.
constexpr char transport_code(Transport transport) noexcept
{
  return static_cast<char>('1' + static_cast<char>(transport));
}
constexpr bool flies(Transport transport) noexcept
{
  return transport == Transport::air || transport == Transport::mail;
}

/// Why a declaration owes less than the tariff says.
enum class Relief : std::uint8_t
{
  none,
  suspended,     ///< regimes 7100 and 5100: no duty and no tax yet
  low_value,     ///< at most the limit of the country, by air or mail: neither duty nor tax
  diplomatic,    ///< neither duty nor tax
  humanitarian,  ///< neither duty nor tax
  investment,    ///< no duty; tax is due
};
std::string_view name_of(Relief relief);

/// What the items of a declaration share.
struct Head
{
  std::int64_t number = 0;  ///< row of the year that opens the declaration
  std::int64_t day = 0;     ///< of the year, from 0
  std::uint32_t month = 1;  ///< 1 .. 12
  std::uint32_t reporter = 0, dispatch = 0, office = 0;
  Importer importer;
  SupplyChain chain;
  std::uint32_t declarant = 0, exporter = 0;  ///< their numbers
  bool by_shell = false;
  Transport transport = Transport::sea;
  std::string_view regime, incoterm, currency;
  Relief relief = Relief::none;  ///< never low_value, which depends on the items
  double weight = 1;             ///< how many times the usual risk of fraud
  double carelessness = 1;       ///< how many times the usual rate of honest errors
};

/// Goods as they are, or as they are declared. Mass in 0.01 kg, money in US cents.
struct Goods
{
  std::uint32_t origin = 0, product = 0;
  std::int64_t gross = 0, net = 0, quantity = 0;
  std::int64_t invoice = 0, freight = 0, insurance = 0;
  std::int64_t customs_value() const noexcept { return invoice + freight + insurance; }
};

struct Item
{
  std::int64_t row = 0;
  Goods truth, declared;
  Fixed log2_net = 0;  ///< of the true net mass in 0.01 kg
  Mechanism mechanism = Mechanism::none;
  HonestError error = HonestError::none;
  double fraud_probability = 0;  ///< of any mechanism, given the importer's latent risk and the goods
  std::uint32_t hidden_product = 0;
  std::int64_t hidden_value = 0;  ///< [US cents] of undeclared goods, behind those of `truth`
  std::int64_t hidden_net = 0, hidden_quantity = 0;
  std::uint32_t agreement_due = 0, agreement_claimed = 0;  ///< 0 = no preference
  std::uint8_t chain_length = 0;                           ///< invoices before the one declared
  Taxes due, declared_taxes;
  DutyLine const* line = nullptr;  ///< of the declared product
};

inline constexpr std::int64_t most_items = 8;

struct Declaration
{
  Head head;
  std::array<Item, most_items> items;
  int count = 0;
  bool is_split = false;         ///< one of the pieces of a consignment
  std::int64_t consignment = 0;  ///< number of the first declaration of the same consignment
  Relief relief = Relief::none;  ///< as declared
};

}  // namespace tarifa::kernels
