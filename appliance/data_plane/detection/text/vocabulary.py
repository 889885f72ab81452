"""The words that a scan looks for: cues that announce a kind of value, months, and the words of streets, in the languages of Europe.

Everything is written as people do and folded when it is read, so accents, case and the signs between words make no difference."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import msgspec

from appliance.data_plane.detection.text.folding import folded_word

NEGATIVE = "-"
"""The label of words that say a number is none of a person: order, invoice, part."""

_CUES = """
birth_date: nació, nacio, nacque, nasceu, naquit, urodził się, urodziła się, narodil se, narodila se, föddes, fødtes, syntyi, was born,
  born in, geboortedag, dob, d o b, born, born on, birth date, date of birth, birthday, birthdate, birth, bday, geb, geboren, geboren
  am, geburtsdatum, geburtstag, né le, née le, né, née, date de naissance, naissance, nacido, nacida, nacido el, nacida el, nacimiento,
  fecha de nacimiento, fecha nac, f nac, nato il, nata il, nato, nata, data di nascita, nascita, geboortedatum, geboren op, født,
  fødselsdato, född, födelsedatum, syntynyt, syntymäaika, urodzony, urodzona, ur, data urodzenia, nascido, nascida, data de nascimento,
  nascimento, született, születési dátum, narozen, narozena, datum narození, datum narodenia, născut, născută, data nașterii, doğum
  tarihi, doğumlu, γεννήθηκε, родился, родилась, дата рождения, rođen, rođena, datum rođenja
phone_number: mob, mob no, volejte, zavolejte, volat, ringen, soita, soittakaa, zadzwoń, dzwoń, hívjon, sunați, telefonunuz, ara,
  звоните, тел, tfno, tlfno, tlf no, tel nr, τηλ, sími, kom, contact, emergency contact, text, ping, ping me, ping me on, cb, cb on,
  kontakt, contatto, contacto, phone, phone number, telephone, tel, tel no, mobile, mobile number, cell, cellphone, cell phone, call,
  called, calling, calls, caller, caller id, call back, callback, dial, ring, rang, sms, whatsapp, signal, fax, fax number, contact
  number, contact no, reach me, reach, reached, desk, office, hotline, landline, voicemail, text me, texted, answering, phoned, telefon,
  telefonnummer, mobil, mobilnummer, handy, handynummer, rufnummer, anruf, anrufen, erreichbar, durchwahl, fon, rückruf, téléphone,
  telephone portable, portable, numéro de téléphone, appeler, appelez, appelle, joignable, teléfono, telefono, móvil, celular, llamar,
  llame, llámame, llamó, cellulare, chiamare, chiama, recapito, telefoonnummer, telefoon, mobiel, bellen, bel, gebeld, telefonnr, tlf,
  tlf nr, tfn, ring mig, puhelin, puh, gsm, komórka, numer telefonu, telefone, telemóvel, telemovel, ligar, ligue, telefonszám,
  telefonní číslo, τηλέφωνο, телефон, тел, registered
phone behind: office, fax, mobile, cell, desk, phone, tel, mob, handy, landline, hotline, büro, privat, mobil, bureau, domicile, casa,
  oficina, ufficio, kantoor, thuis
us_social_security_number: ssn, social security number, social security no, social security, soc sec, social insurance number, ss number
national_id: kt, kennitala, fødselsnr, fnr, fodselsnr, rg, national id, national insurance number, national insurance, nino, ni number,
  id number, identity number, id card, identity card, personal number, personnummer, personnr, fødselsnummer, cpr, cpr nummer, cpr nr,
  hetu, henkilötunnus, bsn, burgerservicenummer, dni, nie, nif, codice fiscale, cf, c f, numéro de sécurité sociale, sécurité sociale,
  nir, insee, steuer id, steueridentifikationsnummer, idnr, personalausweis, ausweisnummer, ausweis, personalausweisnummer, svnr,
  sozialversicherungsnummer, ahv, ahv nummer, avs, pesel, cpf, curp, rfc, rut, cedula, cédula, aadhaar, aadhar, sin,
  rijksregisternummer, numéro national, rodné číslo, cnp, oib, egn, tc kimlik no, cuil, cuit, documento, documento de identidad,
  documento nacional de identidad, national identification number, citizen card, pps, pps number
tax_id: tfn, tax id, tax number, tin, ein, itin, vat, vat number, vat no, vat id, pan, pan number, pan card, ust id, ustid, ust idnr,
  umsatzsteuer id, steuernummer, steuer nr, siret, siren, tva, partita iva, p iva, cif, btw, btw nummer, abn, tfn number, utr, employer
  identification number, taxpayer id, tax file number, cnpj, nip, regon
uk_nhs_number: nhs, nhs number, nhs no, nhs num
passport_number: passport, passport number, passport no, passeport, reisepass, passnummer, pass nr, reisepassnummer, pasaporte,
  passaporto, paspoort, paspoortnummer, pass number, passnr, paszport, passaporte, cestovní pas, travel document
driver_license: driver license, drivers license, driver s license, driver licence, drivers licence, driver s licence, driving licence,
  driving license, driver license number, driver s license number, drivers license number, driving licence number, license number,
  licence number, license no, licence no, dl, dl number, dl no, führerschein, führerscheinnummer, permis de conduire, permis, permiso de
  conducir, licencia de conducir, carnet de conducir, patente di guida, patente, rijbewijs, rijbewijsnummer, körkort, førerkort,
  kørekort, prawo jazdy, carta de condução
medical_record_number: mrn, medical record, medical record number, medical record no, patient id, patient number, patient no, med rec,
  chart number, chart no, hospital number, patientennummer, patienten nr, fallnummer, numéro de dossier, historia clínica, cartella
  clinica
health_plan_number: health plan, member id, member number, policy number, policy no, insurance number, insurance id, subscriber id,
  beneficiary number, health insurance number, medicare, medicare number, medicaid, krankenversichertennummer, versichertennummer,
  versicherungsnummer, krankenkasse, numéro d assuré, numéro d adhérent, polisnummer, tarjeta sanitaria, tessera sanitaria
bank_account_number: account, account number, account no, acct, acct no, a c, a c no, bank account, checking account, savings account,
  konto, kontonummer, konto nr, kto, compte, numéro de compte, n de compte, cuenta, número de cuenta, cuenta bancaria, conto, conto
  corrente, c c, rekening, rekeningnummer, bankrekening, kontonr, rachunek, numer konta, numer rachunku, número da conta, tilinumero,
  bankkonto
iban_code: iban
aba_routing_number: routing, routing number, routing no, aba, aba number, rtn, transit number
swift_code: swift, bic, swift code, bic code, swift bic
credit_card_number: card, card number, card no, credit card, debit card, visa, mastercard, amex, karte, kreditkarte, kartennummer,
  carte, carte bancaire, tarjeta, carta, carta di credito, kaart, creditcard, kort, kortnummer, karta, cartão
cvv: cvv, cvc, cvv2, cvc2, security code, card verification, prüfziffer, cryptogramme
pin: pin, pin code, pin number, pincode
employee_id: employee id, employee number, employee no, staff id, staff number, personnel number, badge number, badge, personalnummer,
  mitarbeiternummer, matricule, numéro de matricule, número de empleado, matricola, personeelsnummer, emp id, emp no
customer_id: customer id, customer number, customer no, client id, client number, kundennummer, kunden nr, kundennr, numéro client,
  numéro de client, número de cliente, codice cliente, klantnummer, kundnummer, kundenr, member no, membership number, mitgliedsnummer
user_name: twitter, instagram, insta, tiktok, telegram, snapchat, discord, mastodon, login for, logins for, logged in as, signed in as,
  log in as, account of, username, user name, user, user id, userid, login, login name, benutzername, benutzer, nom d utilisateur,
  identifiant, usuario, nombre de usuario, nome utente, utente, gebruikersnaam, användarnamn, brugernavn, skype, twitter handle, handle,
  screen name, account name
password: password, passwd, pwd, passphrase, pass, passwort, kennwort, mot de passe, mdp, contraseña, clave, wachtwoord, lösenord,
  adgangskode, passord, salasana, hasło, senha, jelszó, heslo
license_plate: registration, car registration, vehicle registration number, license plate, licence plate, plate, plate number, number
  plate, registration plate, vehicle registration, vehicle reg, reg number, reg no, tag number, kennzeichen, autokennzeichen, kfz
  kennzeichen, plaque, immatriculation, plaque d immatriculation, matrícula, placa, targa, kenteken, registreringsnummer, regnr,
  rendszám, spz, numer rejestracyjny
vehicle_identifier: vehicle, vin, car, truck, fahrzeug, véhicule, vehículo, veicolo, voertuig, vehicle identification number, chassis
  number, chassis no, fahrgestellnummer, fin, numéro de châssis, bastidor, telaio, chassisnummer
imei_hardware_id: imei, imei number, imei no
imsi_subscriber_id: imsi, imsi number
device_identifier: device id, device identifier, device serial, device serial number, udid, gerätenummer
latitude: lat, latitude, breitengrad, latitud
longitude: lon, lng, long, longitude, längengrad, longitud
gps_coordinates: gps, coordinates, coords, geo, geolocation, gps coordinates, koordinaten, coordonnées, coordenadas, located at gps
us_zip_code: zip, zip code, zipcode
postcode: postcode, post code, postal code, plz, postleitzahl, code postal, cp, c p, código postal, cap, postnummer, postinumero, kod
  pocztowy, postal, cep, irányítószám, psč
ip_address: ip, ip address, ipv4, ipv6, client ip, source ip, remote addr, host, adresse ip, dirección ip, indirizzo ip, ip adresse, ip
  adres
url: website, web site, site, domain, visit, see, whois, url, homepage, home page, web, webseite, besuchen, siehe, site web, sitio web,
  sito, sito web, www, page at, profile at, online at, hosted at, registrar
mac_address: mac, mac address, hw address, hwaddr, ethernet
api_key: api key, apikey, api token, access token, secret key, client secret, auth token, bearer, secret, private key, access key, token
date: date, dated, on, since, until, till, from, by, due, effective, expires, am, vom, seit, bis, le, du, depuis, el, desde, il, dal,
  op, sinds, den, datum, fecha, data, dato, before, after
age: he was, she was, aged, age, age of, alter, im alter von, âgé de, âgée de, edad, edad de, età, età di, turned, turn, turning,
  leeftijd, ålder, alder, ikä, wiek, idade, in his, in her, i am, i m, is now, i am now
location: address, adresse, dirección, indirizzo, adres, adress, osoite, endereço, live at, lives at, lived at, living at, residing at,
  resides at, resident at, located at, deliver to, ship to, shipped to, shipping address, billing address, mailing address, home
  address, wohnhaft in, wohnhaft, wohnt in, wohnt, anschrift, habite au, habite, demeurant, domicilié, domiciliée, domicilio, vive en,
  residente en, residente in, residente, abita in, abita, woont op, woont aan, wonende, bor på, bor i, zamieszkały, zam, mora em,
  lakcím, bydliště
id: id, ids, identification, identifier, document, documento, dokument, sin id, social insurance
-: contract, contract no, contract number, vertrag, contrat, contrato, contratto, order, order number, order no, invoice, invoice
  number, invoice no, ticket, ticket number, case number, case, part, part number, part no, sku, item, item number, model, serial,
  serial number, version, release, build, ref, reference, reference number, tracking, tracking number, isbn, issn, ean, upc, batch, lot,
  rma, po, po number, purchase order, quantity, qty, units, article, artikel, artikelnummer, bestellung, bestellnummer, auftrag,
  auftragsnummer, rechnung, rechnungsnummer, rechnungsnr, commande, facture, numéro de commande, pedido, factura, ordine, fattura,
  bestelling, factuur, ordre, faktura, tilaus, zamówienie, waybill, parcel, shipment, product, produkt, produit, page, chapter, section,
  room, flight, bug, issue, pr, commit, job, port, error, code, transaction, transaction id, booking, confirmation, temp, pulse, bp,
  firmware, software, kernel, patch, upgrade, update to, sort code, sortcode, awb, asset
"""

CUE_LABELS = tuple(line.partition(":")[0] for line in _CUES.splitlines() if line and not line.startswith(" "))
"""What cues announce."""

_MONTHS = """
1: january, jan, januar, jänner, janvier, janv, enero, ene, gennaio, gen, januari, janeiro, styczeń, stycznia, tammikuu, tammikuuta,
  január, leden, ledna, ianuarie, ocak, января, ιανουαρίου
2: february, feb, februar, février, févr, fevr, febrero, febbraio, febbr, februari, fevereiro, fev, luty, lutego, helmikuu, helmikuuta,
  február, únor, února, februarie, şubat, февраля, φεβρουαρίου
3: march, mar, märz, mrz, mars, marzo, maart, mrt, março, marzec, marca, maaliskuu, maaliskuuta, március, březen, března, martie, mart,
  марта, μαρτίου, marts
4: april, apr, avril, avr, abril, abr, aprile, kwiecień, kwietnia, huhtikuu, huhtikuuta, április, duben, dubna, aprilie, nisan, апреля,
  απριλίου
5: may, mai, mayo, maggio, mag, mei, maj, maio, maja, toukokuu, toukokuuta, május, květen, května, mayıs, мая, μαΐου
6: june, jun, juni, juin, junio, giugno, giu, junho, czerwiec, czerwca, kesäkuu, kesäkuuta, június, červen, června, iunie, haziran,
  июня, ιουνίου
7: july, jul, juli, juillet, juil, julio, luglio, lug, julho, lipiec, lipca, heinäkuu, heinäkuuta, július, červenec, července, iulie,
  temmuz, июля, ιουλίου
8: august, aug, août, aout, agosto, ago, augustus, augusti, sierpień, sierpnia, elokuu, elokuuta, augusztus, srpen, srpna, ağustos,
  августа, αυγούστου
9: september, sep, sept, septembre, septiembre, set, settembre, sett, setembro, wrzesień, września, syyskuu, syyskuuta, szeptember,
  září, septembrie, eylül, сентября, σεπτεμβρίου
10: october, oct, oktober, okt, octobre, octubre, ottobre, ott, outubro, out, październik, października, lokakuu, lokakuuta, október,
  říjen, října, octombrie, ekim, октября, οκτωβρίου
11: november, nov, novembre, noviembre, novembro, listopad, listopada, marraskuu, marraskuuta, noiembrie, kasım, ноября, νοεμβρίου
12: december, dec, dezember, dez, décembre, déc, diciembre, dic, dicembre, desember, dezembro, grudzień, grudnia, joulukuu, joulukuuta,
  prosinec, prosince, decembrie, aralık, декабря, δεκεμβρίου
"""

_STREETS_BEFORE = """
rue, avenue, av, avda, ave, bd, blvd, boulevard, place, pl, chemin, che, allée, allées, impasse, imp, quai, cours, route, rte, square,
passage, sentier, faubourg, rond point, via, viale, piazza, piazzale, corso, vicolo, largo, strada, contrada, borgo, lungomare, calle,
c, avenida, plaza, paseo, camino, carretera, ronda, travesía, rambla, carrer, glorieta, callejón, urbanización, cuesta, rua, r, praça,
travessa, alameda, estrada, praceta, rodovia, ul, ulica, aleja, al, aleje, plac, os, osiedle, ulice, náměstí, nám, třída, utca, strada,
str, bulevardul, calea, piața, straße, am, an der, auf der, in der, auf dem, im, zur, zum, unter den, jalan, ulitsa, улица, ул,
проспект, пр, οδός, λεωφόρος, cesta, nieuwe, oude, sint
"""

_STREETS_AFTER = """
street, st, str, avenue, ave, av, road, rd, lane, ln, drive, dr, court, ct, boulevard, blvd, place, pl, way, terrace, ter, circle, cir,
square, sq, parkway, pkwy, highway, hwy, trail, trl, close, crescent, cres, grove, gardens, mews, row, walk, hill, plaza, alley, aly,
path, pike, turnpike, tpke, loop, run, ridge, view, point, pt, crossing, xing, bend, branch, bridge, brook, burg, bypass, byp, camp,
canyon, cape, causeway, center, centre, cliff, cliffs, common, commons, corner, corners, course, cove, creek, crest, crossroad, curve,
dale, dam, divide, estate, estates, expressway, extension, ext, fall, falls, ferry, field, fields, flat, flats, ford, fords, forest,
forge, forges, fork, forks, fort, freeway, garden, gateway, glen, glens, green, greens, groves, harbor, harbour, haven, heights, hts,
hills, hollow, inlet, island, islands, isle, junction, junctions, key, keys, knoll, knolls, lake, lakes, land, landing, light, lights,
locks, lodge, mall, manor, manors, meadow, meadows, mill, mills, mission, motorway, mount, mountain, mountains, neck, orchard, oval,
overpass, park, parks, parkways, pass, passage, pine, pines, plain, plains, plazas, points, port, ports, prairie, radial, ramp, ranch,
rapid, rapids, rest, ridges, river, route, rue, shoal, shoals, shore, shores, skyway, spring, springs, spur, spurs, squares, station,
stravenue, stream, streets, summit, throughway, trace, track, trafficway, tunnel, underpass, union, unions, valley, valleys, via,
viaduct, views, village, villages, ville, vista, walks, wall, ways, well, wells, drift, gate, parade, quay, rise, wharf, wynd,
esplanade, promenade, nook, end, yard, broadway
"""

_UNITS = """
apt, apartment, suite, ste, unit, flat, floor, fl, room, rm, bldg, building, lot, box, appt, appartement, piso, puerta, wohnung, whg,
interno, int, lejl
"""
_POST_BOXES = """
po box, p o box, pobox, postfach, boîte postale, apartado, apartado de correos, casella postale, postbus, box, boks, postboks, psc,
skr poczt
"""


def cue_bits(labels: Iterable[str]) -> int:
    """A number with a bit for each label that cues announce."""
    return sum(1 << CUE_LABELS.index(label) for label in labels)


class Word(msgspec.Struct, frozen=True):
    """A word of the list, folded, and what it stands for.

    `cues`: kinds of value that it announces. `month`: its number, or 0. `box`: it stands before the number of a post box."""

    text: str
    cues: frozenset[str] = frozenset()
    month: int = 0
    box: bool = False


def entries(table: str) -> list[tuple[str, tuple[str, ...]]]:
    """The lines `name: word, word, …` of a table, folded; an indented line goes on with the one before."""
    lines = (line.partition(": ") for line in table.strip().replace("\n  ", " ").splitlines())
    return [(name, folded(words)) for name, _, words in lines]


def folded(words: str) -> tuple[str, ...]:
    """A list of words with commas, folded, each once."""
    return tuple(dict.fromkeys(filter(None, map(folded_word, words.split(",")))))


@functools.cache
def vocabulary() -> tuple[Word, ...]:
    """Every word that the scan looks for, sorted."""
    cues: dict[str, set[str]] = {}
    for label, words in entries(_CUES):
        for word in words:
            cues.setdefault(word, set()).add(NEGATIVE if label == "-" else label)
    months = {word: int(number) for number, words in entries(_MONTHS) for word in words}
    boxes = set(folded(_POST_BOXES))
    every = sorted({*cues, *months, *boxes})
    return tuple(Word(word, frozenset(cues.get(word, ())), months.get(word, 0), word in boxes) for word in every)


@functools.cache
def street_words() -> tuple[frozenset[str], frozenset[str]]:
    """Words that stand before the name of a street, and words that stand after it."""
    return frozenset(folded(_STREETS_BEFORE)), frozenset(folded(_STREETS_AFTER))


@functools.cache
def unit_words() -> frozenset[str]:
    """Words for a part of a building."""
    return frozenset(folded(_UNITS))


@functools.cache
def month_words() -> frozenset[str]:
    """Names of months."""
    return frozenset(word.text for word in vocabulary() if word.month)
