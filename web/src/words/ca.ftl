# Català. EN PREPARACIÓ: hi ha el marc de la pàgina, l'entrada, l'inici i el desat; el que falta es mostra en espanyol.
# Encara no l'ha revisat cap persona que treballi en català en un ajuntament.

brand = Aliança entre ciutats
skip = Ves al contingut
opening = S'està obrint…
nav = Principal
nav-home = Inici
nav-people = Persones
nav-drafts = { $n ->
    [one] Esborrany recuperat
   *[other] Esborranys recuperats ({ $n })
}
language = Idioma
languages-preparing = En preparació (el que falta, en espanyol)
close = Tanca
cancel = Cancel·la
copy = Copia
copied = Copiat.
copy-by-hand = No s'ha pogut copiar. Seleccioneu el text i copieu-lo amb el teclat.
add = Afegeix
remove = Treu
remove-item = Treu: { $name }
item-removed = S'ha tret: { $name }. El podeu recuperar al final de la llista.
recover = Recupera
recover-item = Recupera: { $name }
choose = Trieu…
untitled = Sense títol
empty-value = buit
no-date = sense data
nobody-yet = Ningú encara
just-now = fa un moment
since-hour = des de les { $when }
since-day = des del { $when }
city = Ciutat
city-unknown = ciutat sense identificar
city-code = Ciutat { $code }
person-unknown = una persona
person-of = { $person } ({ $city })
your-city = { $city } (la vostra ciutat)
document = Document
unknown-title = No trobem aquesta pàgina
unknown-text = Potser l'adreça és incompleta. Torneu a l'inici i busqueu des d'allà.
error-offline = No hi ha connexió amb el servidor de la vostra ciutat. Comproveu la xarxa i torneu-ho a provar.

## Entrada

sign-in-title = Entreu
sign-in-text = Feu servir l'usuari i la contrasenya que us va donar el vostre ajuntament.
sign-in-again = La vostra sessió s'ha acabat. Torneu a entrar: el que havíeu escrit continua aquí.
sign-in = Entra
sign-in-help = No recordeu la contrasenya? Demaneu-ne una de nova a qui administra aquest servidor a la vostra ciutat.
sign-out = Surt
user = Usuari
password = Contrasenya

## Inici

greeting-morning = Bon dia, { $name }
greeting-afternoon = Bona tarda, { $name }
greeting-night = Bona nit, { $name }
home-empty = La vostra ciutat encara no és a cap aliança
home-empty-text = Creeu-ne una i convideu altres ciutats, o uniu-vos a una amb l'enllaç que us hagin enviat.
alliance = Aliança
alliance-cities = { $n ->
    [one] Una ciutat.
   *[other] { $n } ciutats.
}
alliance-alone = La vostra ciutat està sola en aquesta aliança. Convideu-ne una altra per començar a treballar juntes.
role-coordinator = coordinadora
role-partner = sòcia
role-associate = associada
role-facilitator = secretaria tècnica
role-observer = observadora
partner-has-all = { $city } ho té tot.
partner-last = Última connexió { $when }.
partner-away = { $city } no està connectada { $since }; té tot el nostre fins ara.
partner-never = { $city } encara no s'ha connectat amb nosaltres.
new-alliance = Crear una aliança
new-alliance-text = La vostra ciutat la funda i després convida les altres.
alliance-name = Nom de l'aliança
new-alliance-button = Crea l'aliança
join = Unir-se a una aliança
join-text = Amb l'enllaç d'invitació que us ha enviat una altra ciutat.
join-link = Enllaç d'invitació
join-button = Uneix-t'hi

## Aliança

programmes-title = Programes
programmes-empty = Encara no hi ha cap programa
new-programme = Programa nou
programme-title = Títol del programa
cities-title = Ciutats sòcies
invitations-title = Invitacions
invite = Convida una ciutat

## Programa

programme = Programa
programme-opening = S'està obrint el programa…
programme-read-only = Podeu llegir aquest programa, però no canviar-lo.
back-to-alliance = Torna a l'aliança
parts = Parts del programa
part-identity = Identitat
part-framework = Objectius i resultats
part-activities = Activitats
part-budget = Pressupost
part-management = Gestió i riscos
part-narratives = Textos
part-notices = Avisos
here-title = Aquí ara
here-alone = Ningú més en aquest moment.

## Desat

sy05 = Desat en aquest equip.
sy06 = Desat a { $city }.
sy07 = { $m ->
    [one] Rebut per { $n } de { $m } ciutat. Falta { $cities }.
   *[other] Rebut per { $n } de { $m } ciutats. Falta { $cities }.
}
sy08 = Sense connexió. El que escriviu es desa en aquest equip i s'enviarà en tornar.
save-sending = S'està enviant…
save-connecting = S'està connectant amb el servidor de la vostra ciutat…
save-all = { $n ->
    [one] Rebut per l'altra ciutat.
   *[other] Rebut per les { $n } ciutats sòcies.
}
save-unkept = No es pot desar en aquest equip. No tanqueu aquesta pàgina fins que torni la connexió.
conflict-title = Dos valors alhora
conflict-label = Dos valors alhora a { $field }
conflict-use = Fes servir { $value }
conflict-used = Es fa servir { $value } fins que algú ho decideixi.
provisional = provisional
total = Total
reload = Torna a carregar
save = Desa
