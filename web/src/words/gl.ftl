# Galego. EN PREPARACIÓN: están o marco da páxina, a entrada, o inicio e o gardado; o que falta móstrase en español.
# Aínda non o revisou ninguén que traballe en galego nun concello.

brand = Alianza entre cidades
skip = Ir ao contido
opening = Abrindo…
nav = Principal
nav-home = Inicio
nav-people = Persoas
nav-drafts = { $n ->
    [one] Borrador recuperado
   *[other] Borradores recuperados ({ $n })
}
language = Idioma
languages-preparing = En preparación (o que falta, en español)
close = Pechar
cancel = Cancelar
copy = Copiar
copied = Copiado.
copy-by-hand = Non se puido copiar. Seleccione o texto e cópieo co teclado.
add = Engadir
remove = Quitar
remove-item = Quitar: { $name }
item-removed = Quitouse: { $name }. Pode recuperalo ao final da lista.
recover = Recuperar
recover-item = Recuperar: { $name }
choose = Escolla…
untitled = Sen título
empty-value = baleiro
no-date = sen data
nobody-yet = Ninguén aínda
just-now = hai un momento
since-hour = desde as { $when }
since-day = desde o { $when }
city = Cidade
city-unknown = cidade sen identificar
city-code = Cidade { $code }
person-unknown = unha persoa
person-of = { $person } ({ $city })
your-city = { $city } (a súa cidade)
document = Documento
unknown-title = Non atopamos esta páxina
unknown-text = Pode que o enderezo estea incompleto. Volva ao inicio e busque desde alí.
error-offline = Non hai conexión co servidor da súa cidade. Comprobe a rede e volva intentalo.

## Entrada

sign-in-title = Entrar
sign-in-text = Use o usuario e o contrasinal que lle deu o seu concello.
sign-in-again = A súa sesión rematou. Volva entrar: o que escribira segue aquí.
sign-in = Entrar
sign-in-help = Non lembra o seu contrasinal? Pida un novo a quen administra este servidor na súa cidade.
sign-out = Saír
user = Usuario
password = Contrasinal

## Inicio

greeting-morning = Bos días, { $name }
greeting-afternoon = Boas tardes, { $name }
greeting-night = Boas noites, { $name }
home-empty = A súa cidade aínda non está en ningunha alianza
home-empty-text = Cree unha e convide outras cidades, ou únase a unha coa ligazón que lle enviasen.
alliance = Alianza
alliance-cities = { $n ->
    [one] Unha cidade.
   *[other] { $n } cidades.
}
alliance-alone = A súa cidade está soa nesta alianza. Convide outra para comezar a traballar xuntas.
role-coordinator = coordinadora
role-partner = socia
role-associate = asociada
role-facilitator = secretaría técnica
role-observer = observadora
partner-has-all = { $city } teno todo.
partner-last = Última conexión { $when }.
partner-away = { $city } non está conectada { $since }; ten todo o noso ata agora.
partner-never = { $city } aínda non se conectou connosco.
new-alliance = Crear unha alianza
new-alliance-text = A súa cidade fúndaa e despois convida as demais.
alliance-name = Nome da alianza
new-alliance-button = Crear a alianza
join = Unirse a unha alianza
join-text = Coa ligazón de invitación que lle enviou outra cidade.
join-link = Ligazón de invitación
join-button = Unirse

## Alianza

programmes-title = Programas
programmes-empty = Aínda non hai ningún programa
new-programme = Novo programa
programme-title = Título do programa
cities-title = Cidades socias
invitations-title = Invitacións
invite = Convidar unha cidade

## Programa

programme = Programa
programme-opening = Abrindo o programa…
programme-read-only = Pode ler este programa, pero non cambialo.
back-to-alliance = Volver á alianza
parts = Partes do programa
part-identity = Identidade
part-framework = Obxectivos e resultados
part-activities = Actividades
part-budget = Orzamento
part-management = Xestión e riscos
part-narratives = Textos
part-notices = Avisos
here-title = Aquí agora
here-alone = Ninguén máis neste momento.

## Gardado

sy05 = Gardado neste equipo.
sy06 = Gardado en { $city }.
sy07 = { $m ->
    [one] Recibido por { $n } de { $m } cidade. Falta { $cities }.
   *[other] Recibido por { $n } de { $m } cidades. Falta { $cities }.
}
sy08 = Sen conexión. O que escriba gárdase neste equipo e enviarase ao volver.
save-sending = Enviando…
save-connecting = Conectando co servidor da súa cidade…
save-all = { $n ->
    [one] Recibido pola outra cidade.
   *[other] Recibido polas { $n } cidades socias.
}
save-unkept = Non se pode gardar neste equipo. Non peche esta páxina ata que volva a conexión.
conflict-title = Dous valores á vez
conflict-label = Dous valores á vez en { $field }
conflict-use = Usar { $value }
conflict-used = Úsase { $value } ata que alguén decida.
provisional = provisional
total = Total
reload = Volver cargar
save = Gardar
