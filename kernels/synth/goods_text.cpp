#include "kernels/synth/goods_text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace tarifa::kernels
{
namespace
{

struct Section
{
  int last_chapter;
  std::array<std::string_view, 3> nouns;
};

/// Sections I to XXI of the Harmonized System, by their last chapter.
constexpr std::array<Section, 21> sections = {{
    {5, {"Viande réfrigérée", "Poisson congelé", "Crème et fromages"}},
    {14, {"Légumes frais", "Café torréfié", "Céréales et blés"}},
    {15, {"Huile végétale", "Graisses animales", "Beurre de karité"}},
    {24, {"Préparations alimentaires", "Sucre raffiné", "Pâtes et gâteaux"}},
    {27, {"Minerais concentrés", "Pétrole raffiné", "Ciment hydraulique"}},
    {38, {"Produits chimiques", "Médicaments conditionnés", "Engrais azoté"}},
    {40, {"Matières plastiques", "Pneumatiques rechapés", "Tubes en polyéthylène"}},
    {43, {"Cuir tanné", "Maroquinerie de qualité supérieure", "Pelleteries apprêtées"}},
    {46, {"Bois scié", "Panneaux contreplaqués", "Vannerie tressée"}},
    {49, {"Pâte à papier", "Papier couché", "Imprimés reliés"}},
    {63, {"Tissus de coton écru", "Vêtements tricotés", "Fibres synthétiques"}},
    {67, {"Chaussures à semelle cousue", "Parapluies télescopiques", "Bonneterie légère"}},
    {70, {"Carreaux de céramique", "Verre trempé", "Ouvrages en plâtre"}},
    {71, {"Perles montées", "Bijoux plaqués", "Métaux précieux"}},
    {83, {"Tôle d'acier laminée", "Profilés extrudés", "Outillage à main trempé"}},
    {85, {"Machines à usage général", "Pièces détachées", "Câbles électriques isolés"}},
    {89, {"Véhicules complets", "Pièces de carrosserie", "Éléments de coque"}},
    {92, {"Appareils de précision", "Lunettes montées", "Matériel médical"}},
    {93, {"Munitions à blanc", "Pièces de rechange agréées", "Cibles d'entraînement"}},
    {96, {"Meubles démontés", "Jouets assemblés", "Brosses à poils"}},
    {97, {"Objets d'art déclarés", "Antiquités expertisées", "Gravures encadrées"}},
}};

constexpr std::array<std::string_view, 12> qualities = {
    "neuf",          "usagé",         "qualité supérieure", "2e choix",        "d'été",  "à l'état brut",
    "modèle réduit", "série limitée", "échantillons",       "prêt à l'emploi", "traité", "non assemblé"};

constexpr std::array<std::string_view, 12> packings = {
    ", en vrac",       ", 12 pièces",        "; boîtes de 24",     "; palettes filmées",
    ", fûts de 200 l", " (lot n° 7)",        " 3\" de diamètre",   ", en caisses",
    "; sacs de 25 kg", ", rouleaux de 50 m", " - réf. à vérifier", ""};

std::string_view pick(std::array<std::string_view, 12> const& words, std::uint64_t bits)
{
  return words[bits % words.size()];
}

}  // namespace

std::string goods_text(int chapter, std::uint64_t bits)
{
  auto const section = std::find_if(sections.begin(), sections.end() - 1,
                                    [chapter](Section const& one) { return chapter <= one.last_chapter; });
  std::string text(section->nouns[bits % 3]);
  // É is two bytes of UTF-8 and one of Latin-1: a text that opens a quote must not begin with it.
  if (static_cast<unsigned char>(text.front()) >= 0x80)
  {
    text.insert(0, "Lot : ");
  }
  return text.append(", ").append(pick(qualities, bits >> 8U)).append(pick(packings, bits >> 24U));
}

}  // namespace tarifa::kernels
