# Euskara. PRESTATZEN: orriaren markoa, sarrera, hasiera eta gordetzea badaude; falta dena gaztelaniaz agertzen da.
# Oraindik ez du berrikusi udal batean euskaraz lan egiten duen inork.

brand = Hirien arteko aliantza
skip = Joan edukira
opening = Irekitzen…
nav = Nagusia
nav-home = Hasiera
nav-people = Pertsonak
language = Hizkuntza
languages-preparing = Prestatzen (falta dena, gaztelaniaz)
close = Itxi
cancel = Utzi
copy = Kopiatu
copied = Kopiatuta.
copy-by-hand = Ezin izan da kopiatu. Hautatu testua eta kopiatu teklatuarekin.
add = Gehitu
remove = Kendu
remove-item = Kendu: { $name }
recover = Berreskuratu
recover-item = Berreskuratu: { $name }
choose = Aukeratu…
untitled = Izenbururik gabe
empty-value = hutsik
no-date = datarik gabe
nobody-yet = Oraindik inor ez
just-now = duela une bat
city = Hiria
city-unknown = identifikatu gabeko hiria
city-code = { $code } hiria
person-unknown = pertsona bat
person-of = { $person } ({ $city })
your-city = { $city } (zure hiria)
document = Dokumentua
unknown-title = Ez dugu orri hau aurkitzen
unknown-text = Baliteke helbidea osatu gabe egotea. Itzuli hasierara eta bilatu handik.
error-offline = Ez dago konexiorik zure hiriko zerbitzariarekin. Egiaztatu sarea eta saiatu berriro.

## Sarrera

sign-in-title = Sartu
sign-in-text = Erabili zure udalak emandako erabiltzailea eta pasahitza.
sign-in-again = Zure saioa amaitu da. Sartu berriro: idatzitakoa hemen dago oraindik.
sign-in = Sartu
sign-in-help = Ez duzu pasahitza gogoratzen? Eskatu berri bat zure hirian zerbitzari hau administratzen duenari.
sign-out = Irten
user = Erabiltzailea
password = Pasahitza

## Hasiera

greeting-morning = Egun on, { $name }
greeting-afternoon = Arratsalde on, { $name }
greeting-night = Gabon, { $name }
home-empty = Zure hiria ez dago oraindik inongo aliantzatan
home-empty-text = Sortu bat eta gonbidatu beste hiri batzuk, edo sartu batean bidali dizuten estekarekin.
alliance = Aliantza
alliance-cities = { $n ->
    [one] Hiri bat.
   *[other] { $n } hiri.
}
alliance-alone = Zure hiria bakarrik dago aliantza honetan. Gonbidatu beste bat elkarrekin lanean hasteko.
role-coordinator = koordinatzailea
role-partner = bazkidea
role-associate = elkartua
role-facilitator = idazkaritza teknikoa
role-observer = begiralea
partner-last = Azken konexioa: { $when }.
new-alliance = Aliantza bat sortu
new-alliance-text = Zure hiriak sortzen du eta gero besteak gonbidatzen ditu.
alliance-name = Aliantzaren izena
new-alliance-button = Sortu aliantza
join = Aliantza batean sartu
join-text = Beste hiri batek bidali dizun gonbidapen-estekarekin.
join-link = Gonbidapen-esteka
join-button = Sartu

## Aliantza

programmes-title = Programak
programmes-empty = Oraindik ez dago programarik
new-programme = Programa berria
programme-title = Programaren izenburua
cities-title = Hiri bazkideak
invitations-title = Gonbidapenak
invite = Gonbidatu hiri bat

## Programa

programme = Programa
programme-opening = Programa irekitzen…
programme-read-only = Programa hau irakur dezakezu, baina ez aldatu.
back-to-alliance = Itzuli aliantzara
parts = Programaren atalak
part-identity = Identitatea
part-framework = Helburuak eta emaitzak
part-activities = Jarduerak
part-budget = Aurrekontua
part-management = Kudeaketa eta arriskuak
part-narratives = Testuak
part-notices = Abisuak
here-title = Hemen orain
here-alone = Beste inor ez une honetan.

## Gordetzea

sy05 = Ekipo honetan gordeta.
sy06 = Hemen gordeta: { $city }.
sy08 = Konexiorik gabe. Idazten duzuna ekipo honetan gordetzen da eta itzultzean bidaliko da.
save-sending = Bidaltzen…
save-connecting = Zure hiriko zerbitzariarekin konektatzen…
save-unkept = Ezin da ekipo honetan gorde. Ez itxi orri hau konexioa itzuli arte.
conflict-title = Bi balio aldi berean
conflict-use = Erabili { $value }
provisional = behin-behinekoa
total = Guztira
reload = Kargatu berriro
save = Gorde
