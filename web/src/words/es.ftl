# Palabras de la página, en español. De usted; «ciudad» y «socia», nunca palabras de máquina.

brand = Alianza entre ciudades
skip = Ir al contenido
opening = Abriendo…
nav = Principal
nav-home = Inicio
nav-people = Personas
nav-help = Ayuda
nav-drafts = { $n ->
    [one] Borrador recuperado
   *[other] Borradores recuperados ({ $n })
}
language = Idioma
languages-preparing = En preparación (lo que falta, en español)
theme = Aspecto
theme-system = Como este equipo
theme-light = Claro
theme-dark = Oscuro
foot = Pie de página
close = Cerrar
cancel = Cancelar
copy = Copiar
copied = Copiado.
copy-by-hand = No se ha podido copiar. Seleccione el texto y cópielo con el teclado.
add = Añadir
remove = Quitar
remove-item = Quitar: { $name }
item-removed = Se ha quitado: { $name }. Puede recuperarlo al final de la lista.
item-moved = { $name } está ahora en el puesto { $n } de { $m }.
move-up = Subir
move-down = Bajar
move-up-of = Subir: { $name }
move-down-of = Bajar: { $name }
removed = { $n ->
    [one] Un elemento quitado
   *[other] { $n } elementos quitados
}
recover = Recuperar
recover-item = Recuperar: { $name }
choose = Elija…
untitled = Sin título
empty-value = vacío
no-date = sin fecha
nobody-yet = Nadie todavía
just-now = hace un momento
since-hour = desde las { $when }
since-day = desde el { $when }
city = Ciudad
city-unknown = ciudad sin identificar
city-code = Ciudad { $code }
person-unknown = una persona
person-of = { $person } ({ $city })
who-when = { $who }, { $when }
who-only = { $who }
value-of = { $value } ({ $city })
your-city = { $city } (su ciudad)
document = Documento
unknown-title = No encontramos esta página
unknown-text = Puede que la dirección esté incompleta. Vuelva al inicio y busque desde allí.
back-home = Volver al inicio
later-failed = No se ha podido abrir esta página
later-failed-text = Ha faltado la conexión con el servidor de su ciudad mientras se abría. Compruebe la red y vuelva a intentarlo.
try-again = Volver a intentarlo
away-title = No se llega al servidor de su ciudad
away-text = La página lo intenta de nuevo cada pocos segundos y se abrirá sola en cuanto conteste.
away-next = Compruebe que su equipo está en la red del ayuntamiento. Si sigue igual dentro de unos minutos, avise a informática. Lo que estaba guardado en este equipo sigue aquí.
error-summary = Hay un problema
error-in-title = Error: { $title }
error-offline = No hay conexión con el servidor de su ciudad. Compruebe la red y vuelva a intentarlo.
error-http = El servidor de su ciudad no ha podido responder (código { $status }). Vuelva a intentarlo dentro de un momento; si sigue igual, avise a informática.
banner-insecure = Está conectada sin cifrado. Lo que escriba puede leerse en la red. Pida a informática que instale el certificado del servidor.
banner-no-offline = Este equipo puede editar, pero no sin conexión. Pida a informática instalar el certificado del servidor de su ciudad.
banner-offline-hour = Sin conexión. Datos de las { $when }.
banner-offline-day = Sin conexión. Datos del { $when }.
banner-waiting = { $n ->
    [one] Un cambio suyo está guardado en este equipo y se enviará al volver.
   *[other] { $n } cambios suyos están guardados en este equipo y se enviarán al volver.
}
edition-new = Hay una versión nueva de la página.
edition-outdated = Otra pestaña ya usa una versión nueva de la página, y esta no puede guardar en este equipo.
edition-change = Actualizar
edition-not-safe = Todavía hay cambios que no están guardados en ningún sitio. Espere a que vuelva la conexión para actualizar.
banner-disk-full = El disco del servidor de su ciudad está lleno: ahora no puede guardar. Siga con esta página abierta y avise a informática; cuando haya sitio, se guardará solo.
banner-read-only = El servidor de su ciudad no puede guardar en este momento. No cierre esta página y avise a informática.

## Entrada

sign-in-title = Entrar
sign-in-text = Use el usuario y la contraseña que le dio su ayuntamiento.
sign-in-city = Página de { $city }
sign-in-host = Página de su ciudad en { $host }
write-user = Escriba su usuario.
write-password = Escriba su contraseña.
sign-in-again = Su sesión ha terminado. Vuelva a entrar: lo que había escrito sigue aquí.
sign-in = Entrar
sign-in-help = ¿No recuerda su contraseña? Pida una nueva a quien administra este servidor en su ciudad.
sign-out = Salir
sign-out-title = Hay cambios sin enviar
sign-out-unsent = { $n ->
    [one] Un cambio suyo todavía no ha llegado al servidor de su ciudad.
   *[other] { $n } cambios suyos todavía no han llegado al servidor de su ciudad.
}
sign-out-kept = Si sale ahora, quedan guardados en este equipo sin que nadie más los vea, y se enviarán la próxima vez que usted entre aquí.
sign-out-lost = Este equipo no puede guardarlos: si sale ahora, se pierden.
sign-out-stay = Seguir aquí
sign-out-anyway = Salir y dejarlos guardados
sign-out-losing = Salir y perderlos
sign-out-offline = Ha salido en este equipo. Cuando vuelva la conexión se cerrará también su sesión en el servidor de su ciudad.
user = Usuario
user-hint = Letras minúsculas, números y guiones.
password = Contraseña
password-hint = Al menos 12 caracteres. Una frase corta sirve y se recuerda mejor.

## Inicio

greeting-morning = Buenos días, { $name }
greeting-afternoon = Buenas tardes, { $name }
greeting-night = Buenas noches, { $name }
home-empty = Su ciudad todavía no está en ninguna alianza
home-empty-text = Cree una e invite a otras ciudades, o únase a una con el enlace que le hayan enviado.
home-more-programmes = { $n ->
    [one] Ver también el otro programa de la alianza
   *[other] Ver también los otros { $n } programas de la alianza
}
home-damaged = { $n ->
    [one] Hay un registro dañado en el disco de su ciudad. Las socias lo repondrán al conectarse; avise a informática.
   *[other] Hay { $n } registros dañados en el disco de su ciudad. Las socias los repondrán al conectarse; avise a informática.
}
alliance = Alianza
alliance-cities = { $n ->
    [one] Una ciudad.
   *[other] { $n } ciudades.
}
alliance-alone = Su ciudad está sola en esta alianza. Invite a otra para empezar a trabajar juntas.
alliance-missing = Su ciudad no pertenece a esta alianza, o ya no.
alliance-missing-text = Puede que la dirección venga de otra ciudad, o que todavía no se haya confirmado su entrada. En el inicio están todas las alianzas de su ciudad.
first-steps = Primeros pasos
step-done = Hecho.
step-invite = Invitar a otra ciudad
step-invite-text = Más abajo, en «Invitaciones». Se crea un enlace de un solo uso; envíelo a una persona que conozca en la otra ciudad.
step-admit = Confirmar su entrada
step-admit-text = Cuando la otra ciudad responda, aparecerá aquí un aviso con un botón. Llámela antes por teléfono para comprobar que ha sido ella.
step-programme = Crear el primer programa
step-programme-text = Basta con un título y los años. Puede crearlo ya y seguir rellenándolo cuando lleguen las demás ciudades.
standing-joining = A la espera de que la alianza confirme su entrada.
standing-left = Su ciudad dejó esta alianza. Conserva lo que había hasta entonces.
standing-frozen = Esta alianza está detenida hasta que las ciudades resuelvan una contradicción en su historia.
role-coordinator = coordinadora
role-partner = socia
role-associate = asociada
role-facilitator = secretaría técnica
role-observer = observadora
partner-has-all = { $city } lo tiene todo.
partner-receiving = { $n ->
    [one] { $city } está conectada y está recibiendo un cambio nuestro.
   *[other] { $city } está conectada y está recibiendo { $n } cambios nuestros.
}
partner-last = Última conexión { $when }.
partner-away = { $city } no está conectada { $since }; tiene todo lo nuestro hasta ahora.
partner-away-lacks = { $n ->
    [one] { $city } no está conectada { $since }; le falta un cambio nuestro.
   *[other] { $city } no está conectada { $since }; le faltan { $n } cambios nuestros.
}
partner-never = { $city } todavía no se ha conectado con nosotros.
partner-never-lacks = { $n ->
    [one] { $city } todavía no se ha conectado con nosotros; le falta un cambio nuestro.
   *[other] { $city } todavía no se ha conectado con nosotros; le faltan { $n } cambios nuestros.
}
partner-we-lack = { $n ->
    [one] Nos falta un cambio suyo.
   *[other] Nos faltan { $n } cambios suyos.
}
new-alliance = Crear una alianza
new-alliance-text = Su ciudad la funda y después invita a las demás.
alliance-name = Nombre de la alianza
write-alliance-name = Escriba el nombre de la alianza.
new-alliance-button = Crear la alianza
join = Unirse a una alianza
join-text = Con el enlace de invitación que le ha enviado otra ciudad.
join-link = Enlace de invitación
write-join-link = Pegue el enlace de invitación que le envió la otra ciudad.
join-button = Unirse
join-done = Se ha pedido la entrada. La otra ciudad debe confirmarla.
joining-text = La ciudad que les invitó debe confirmar la entrada. Llámela por teléfono si tarda; mientras tanto no tiene que hacer nada más.

## Alianza

programmes-title = Programas
programmes-empty = Todavía no hay ningún programa
programmes-empty-text = Un programa operativo reúne objetivos, actividades y presupuesto de varias ciudades. Cree el primero; podrá cambiarlo todo después.
new-programme = Nuevo programa
programme-title = Título del programa
programme-title-hint = Por ejemplo: Plan Director de la Red de Saneamiento.
write-programme-title = Escriba el título del programa.
year-first = Primer año
year-last = Último año
years-wrong = Escriba dos años de cuatro cifras; el último no puede ser anterior al primero.
create-programme = Crear el programa
cities-title = Ciudades socias
invitations-title = Invitaciones
invitations-empty = No hay invitaciones.
invite = Invitar a una ciudad
invite-text = Se crea un enlace que sirve una sola vez. Envíelo a una persona que conozca en la otra ciudad. Cuando responda, usted confirma la entrada.
invite-role = Papel en la alianza
invite-days = Validez
days = { $n ->
    [one] un día
   *[other] { $n } días
}
invite-note = Nota
invite-note-hint = Solo la ve su alianza: para quién es, cómo se entregó.
create-invitation = Crear la invitación
invitation-made = La invitación está lista
invitation-made-text = Cópiela ahora y envíela a la otra ciudad. Vale hasta: { $until }.
invitation-link = Enlace de invitación
invitation-once = Por seguridad, el enlace no se puede volver a ver. Si se pierde, anule la invitación y cree otra.
invitation-live = Invitación como { $role }, sin responder. Vale hasta: { $until }.
invitation-accepted = Invitación como { $role }, respondida.
invitation-used = Invitación como { $role }, utilizada.
invitation-revoked = Invitación anulada.
invitation-expired = Invitación como { $role }, caducada.
invitation-note = Nota de la invitación: { $note }
revoke = Anular
revoke-label = Anular la invitación que vale hasta: { $until }
answer-waiting = { $city } ha respondido a la invitación.
answer-check = Antes de darle entrada, llame a la persona que conoce en esa ciudad y compruebe que ha sido ella.
admit = Dar entrada a { $city }
admitted = { $city } ya es parte de la alianza.

## Personas

people-text = Quiénes pueden entrar en esta página por su ciudad y qué puede hacer cada quien. Una persona, un usuario: así queda claro quién hizo cada cambio.
people-forbidden = Solo la administración del servidor puede ver esta página.
people-forbidden-text = Si necesita que alguien más pueda entrar, pídalo a quien administra el servidor de su ciudad.
new-person = Añadir una persona
create-person = Añadir
person-made = Se ha añadido a { $name }.
person-name = Nombre y apellidos
person-office = Cargo o servicio
write-person-name = Escriba el nombre y los apellidos.
write-person-office = Escriba el cargo o el servicio.
write-person-user = Escriba un usuario para esta persona.
write-password-current = Escriba su contraseña actual.
password-short = Escriba una contraseña de al menos 12 caracteres.
choose-person-role = Marque al menos una cosa que pueda hacer.
person-roles = Qué puede hacer
person-disabled = sin acceso
person-disabled-done = { $name } ya no puede entrar.
change-password = Cambiar contraseña
password-new = Contraseña nueva
password-of = Cambiar contraseña: { $name }
password-changed = Se ha cambiado la contraseña de { $name }.
disable = Retirar acceso
disable-of = Retirar acceso: { $name }
make-token = Crear clave de programa
token-of = Crear clave de programa: { $name }
token-title = Clave creada
token-text = Cópiela ahora: no se volverá a mostrar. Quien la tenga actúa en nombre de esta persona.
token = Clave
person-role-node_admin = Administración del servidor
person-role-coop_officer = Responsable de cooperación
person-role-sector_tech = Personal técnico
person-role-finance_officer = Gestión económica
person-role-legal_officer = Servicio jurídico
person-role-secretary = Secretaría
person-role-authorised_signatory = Autoridad firmante
person-role-local_actor = Actor local
person-role-evaluator = Evaluación externa
person-role-observer = Observación
person-role-facilitator = Secretaría técnica

## Borradores recuperados

drafts-title = Borradores recuperados
drafts-text = Estos textos no se pudieron guardar en su documento. Aquí están para que los copie y decida qué hacer con ellos.
drafts-empty = No hay borradores
draft-unplaced = El documento cambió tanto que estos cambios no encontraron su lugar.
draft-piece = Texto
draft-discard = Descartar este borrador

## Ayuda

help-title = Ayuda
help-lead = Qué es Alianza, qué quiere decir «guardado» y qué pasa cuando algo falla. Se lee en cinco minutos.
help-what-title = Qué es Alianza
help-what = Varias ciudades escriben juntas un mismo programa: objetivos, actividades, quién paga qué y en qué año. Cada ciudad tiene su propio servidor y trabaja en su propia página. No hay un centro ni una ciudad por encima de las demás.
help-what-together = Lo que usted escribe se guarda solo y llega a las ciudades socias en cuanto hay línea. Varias personas pueden escribir a la vez, también en el mismo párrafo: los textos se unen y no se pierde lo de nadie.
help-saved-title = Qué quiere decir «guardado»
help-saved = Al pie del programa hay siempre una frase que dice dónde está lo que acaba de escribir. Hay cuatro situaciones, y ninguna se anuncia antes de ser verdad.
help-saved-caption = Los cuatro avisos de guardado
help-saved-says = Lo que dice
help-saved-means = Lo que significa
help-saved-do = Qué hacer
help-saved-1 = Está en este navegador. Si se apaga el equipo, seguirá aquí cuando vuelva a entrar con el mismo usuario.
help-saved-1-do = Nada. Si tiene que irse a otro equipo, espere a que llegue al servidor de su ciudad.
help-saved-2 = Está en el disco del servidor de su ciudad. Puede cerrar la página o seguir desde otro equipo.
help-saved-2-do = Nada.
help-saved-3 = Además lo tienen las ciudades que se nombran. A las que faltan les llegará cuando se conecten.
help-saved-3-do = Nada. Si una ciudad falta durante días, llámela.
help-saved-4 = No hay línea con el servidor de su ciudad. Lo que escriba queda en este equipo y se enviará solo.
help-saved-4-do = Siga trabajando. No borre los datos del navegador hasta que vuelva la conexión.
help-saved-city = su ciudad
help-saved-other = Jaén
help-saved-red = Si la frase avisa de que no se puede guardar en este equipo, no cierre la página hasta que vuelva la conexión.
help-down-title = Si se cae la línea o falta una ciudad
help-down-line = Sin línea puede seguir leyendo y escribiendo los programas que tenga abiertos, y también volver a cargar la página si su dirección usa cifrado. Al volver la línea, todo se envía y se une con lo que escribieron las demás.
help-down-partner = Si una ciudad socia está apagada, las demás siguen trabajando igual. Al volver recibe solo lo que le falta. En el inicio se dice desde cuándo falta cada una y qué le falta.
help-down-refused = Si un cambio suyo no pudiera entrar en el documento, no se borra: queda en «Borradores recuperados» para que lo copie.
help-who-title = Quién ve qué
help-who-alliance = Todo lo que se escribe en los programas de una alianza lo ven todas las ciudades de esa alianza, con el nombre y la ciudad de quien lo escribió. No lo ve nadie más.
help-who-here = Mientras tiene abierto un programa, las demás personas ven su nombre, su ciudad y en qué parte está. No ven lo que hace fuera de él.
help-who-money = Las cantidades de cada ciudad solo las fija esa ciudad. Las demás las ven y pueden enviarle una propuesta.
help-who-people = La lista de personas y sus contraseñas son solo de su ciudad. Las otras ciudades conocen el nombre y el cargo de quienes escriben.
help-recall-title = Lo que otras ciudades guardan no se puede retirar
help-recall = Cada ciudad guarda su copia de lo que recibe. Quitar algo de un programa, o dejar la alianza, no borra las copias que otras ciudades ya tienen. Escriba solo lo que su ayuntamiento puede compartir, y ningún dato personal que no haga falta.
help-two-title = Dos valores a la vez
help-two = Si dos personas cambian a la vez la misma cantidad o la misma fecha, se conservan las dos y se muestran juntas, con su ciudad y su hora. Se usa una de ellas hasta que alguien decida con el botón. Los totales que dependen de ella se marcan como provisionales.
help-keys-title = Teclado
help-keys = Todo se puede hacer sin ratón. Con el tabulador se va de un sitio al siguiente y con mayúsculas y tabulador al anterior.
help-keys-caption = Teclas
help-key = Tecla
help-key-does = Qué hace
help-key-tab = Tabulador
help-key-tab-does = Siguiente campo, botón o enlace. El primero de cada página es «Ir al contenido».
help-key-enter = Intro
help-key-enter-does = Abre el enlace o pulsa el botón.
help-key-arrows = Flechas
help-key-arrows-does = En las listas de opciones, de una a otra. En las tablas y en los botones de formato, de una casilla o un botón al siguiente.
help-key-escape = Escape
help-key-escape-does = Cierra una ventana, deja como estaba la casilla que se está escribiendo y sale de un texto largo.
help-keys-text = Ctrl+B, negrita; Ctrl+I, cursiva; Ctrl+K, enlace; Ctrl+Z deshace lo último que ha escrito usted, nunca lo de otra persona.
help-ask-title = A quién preguntar
help-ask = Por su usuario, su contraseña o un fallo de la página: a quien administra el servidor de su ciudad. Por el contenido de un programa: a la ciudad responsable, que figura en «Identidad».
help-pieces = Para quien diseña o revisa la página: <a>las piezas de que está hecha</a>.
help-contents = En esta página

## Piezas

pieces-title = Piezas
pieces-lead = Las piezas de que están hechas las pantallas, en todos sus estados. Los datos son inventados y no se guardan.
pieces-colours = Colores y letra
pieces-buttons = Botones
pieces-fields = Campos
pieces-document = Campos de un documento
pieces-form = Formulario con errores
pieces-dialog = Ventanas
pieces-messages = Mensajes
pieces-tables = Tablas
pieces-presence = Quién está
pieces-saving = Guardado
piece-name = Saneamiento
piece-main = Acción principal
piece-plain = Otra acción
piece-quiet = Acción menor
piece-busy = En curso
piece-disabled = No disponible
piece-hint = Una frase que ayuda a rellenarlo.
piece-wrong = La fecha de fin es anterior a la de inicio.
piece-send = Enviar sin rellenar
piece-open = Abrir la ventana
piece-text = Un texto corrido, con un <a>enlace</a> y algo <b>importante</b>.

## Programa

programme = Programa
programme-opening = Abriendo el programa…
programme-offline = No hay conexión con el servidor de su ciudad. El programa se abrirá en cuanto vuelva.
programme-read-only = Puede leer este programa, pero no cambiarlo.
back-to-alliance = Volver a la alianza
help-about = Ayuda: { $part }
help-files =
    Quien trabaja en una hoja de cálculo puede llevarse el presupuesto, cambiarlo y traerlo. Todo lo que sale de aquí dice de qué versión es, para que nadie confunda un borrador con lo aprobado.
help-notices =
    La metodología pide ocho componentes a un programa operativo. Aquí se ve cuáles están y qué falta, y cada aviso lleva a su sitio.
    Nada de esto impide seguir escribiendo: los avisos solo cuentan cuando se envía a revisión o se aprueba.
help-management =
    La cogestión reparte funciones concretas: coordinar, comprar, justificar, hacer el seguimiento. Conviene que ninguna ciudad las lleve todas.
    Cada ciudad dedica personal con nombre y tiempo. Un riesgo se valora por lo probable que es y por el daño que haría; los altos se miran en cada reunión.
help-budget =
    Las partidas van en filas; en columnas, quién aporta, en qué año y si es dinero (efectivo) o trabajo y medios propios (en especie).
    La metodología se basa en la cofinanciación: todas aportan lo que pueden y cada ciudad fija solo lo suyo. A las demás se les propone y ellas responden.
    Mientras una cantidad tenga dos valores a la vez, los totales son provisionales.
help-activities =
    Cada actividad sirve a un resultado, tiene una ciudad responsable y, si hace falta, otras que apoyan. La metodología pide personal técnico de los propios ayuntamientos, no solo dinero.
    Si dos ciudades cambian una fecha a la vez, el cronograma usa la más tardía hasta que alguien decida.
help-framework =
    El marco lógico une lo que se hace con lo que se quiere cambiar: las actividades dan resultados, los resultados llevan al objetivo específico y este contribuye al general.
    Cada resultado necesita al menos un indicador con su fuente: dónde mirará quien quiera comprobarlo. La línea de base dice de dónde se parte.
    Los supuestos son lo que debe ocurrir y no depende de las ciudades. Bastan un objetivo específico y de tres a seis resultados.
help-identity =
    Aquí se dice qué es el programa, quién participa y cuándo empieza y termina.
    Toda alianza es entre iguales: una ciudad coordina, pero todas deciden. Ninguna es «donante» por defecto; los recursos pueden ir en cualquier dirección.
    Los sectores y las metas de los ODS sirven para que otras redes encuentren el programa y para publicarlo después.
parts = Partes del programa
parts-here = ahora: { $who }
part-identity = Identidad
part-framework = Objetivos y resultados
part-activities = Actividades
part-budget = Presupuesto
part-management = Gestión y riesgos
part-narratives = Textos
part-notices = Avisos
part-files = Ficheros e impresión

here-title = Aquí ahora
here-alone = Nadie más en este momento.
here-joined = { $n ->
    [one] { $who } ha entrado en este programa.
   *[other] { $who } han entrado en este programa.
}
here-left = { $n ->
    [one] { $who } ha salido de este programa.
   *[other] { $who } han salido de este programa.
}
who-is-in = { $n ->
    [one] Ahora está aquí: { $who }
   *[other] Ahora están aquí: { $who }
}
writing-here = { $n ->
    [one] { $who } está en este texto.
   *[other] { $who } están en este texto.
}

## Historial y «Desde su última visita»

history-title = Historial
history-lead = Quién cambió qué y cuándo. Nada se pierde: puede mirar cualquier versión y recuperar lo que había.
timeline-title = Cambios por día
history-of = Mostrar
history-of-all = Todo el programa
history-older = Ver cambios anteriores
history-beginning = Aquí empieza la historia de este programa.
programme-itself = Datos del programa
day-unknown = Sin fecha
changes-count = { $n ->
    [one] un cambio
   *[other] { $n } cambios
}
by-itself = de forma automática
document-made = se creó aquí
wrote-at-once = escribieron a la vez
see-changes = Ver cambios
hide-changes = Ocultar cambios
see-changes-of = Ver cambios: { $name }
see-group = { $name }, { $who }, { $when }
news-title = Desde su última visita
news-since = Desde su última visita ({ $when })
news-none = Nada nuevo desde su última visita ({ $when }).
news-first = Es su primera visita: todavía no ha marcado nada como visto. Cuando lo haga, aquí verá lo que cambien los demás.
news-first-short = Es su primera visita a este programa.
news-line = { $city } { $what }.
news-changed = cambió { $what }
news-amounts = { $n ->
    [one] una cantidad
   *[other] { $n } cantidades
}
news-dates = { $n ->
    [one] una fecha
   *[other] { $n } fechas
}
news-values = { $n ->
    [one] un dato
   *[other] { $n } datos
}
news-texts = { $n ->
    [one] un texto
   *[other] { $n } textos
}
news-paragraphs = { $n ->
    [one] un párrafo
   *[other] { $n } párrafos
}
news-added = { $n ->
    [one] añadió un elemento
   *[other] añadió { $n } elementos
}
news-removed = { $n ->
    [one] quitó un elemento
   *[other] quitó { $n } elementos
}
news-many = hizo { $n } cambios
mark-seen = Marcar todo como visto
mark-seen-first = Marcar lo que hay como visto
seen-done = Todo está marcado como visto.
difference-none = No hay diferencia entre las dos versiones: lo que se cambió volvió a quedar como estaba.
difference-more = { $n ->
    [one] Ver un cambio más
   *[other] Ver { $n } cambios más
}
was = Antes:
is = Ahora:
item-came = Se añadió:
item-went = Se quitó:
ins-begin = [añadido:
ins-end = fin de lo añadido]
del-begin = [quitado:
del-end = fin de lo quitado]
line-added = (párrafo vacío añadido)
line-removed = (párrafo vacío quitado)
format-changed = cambió el formato
paragraphs-same = { $n ->
    [one] Un párrafo sin cambios
   *[other] { $n } párrafos sin cambios
}
block-paragraph = párrafo
block-heading = { $level ->
    [3] Subtítulo
   *[other] Título
}
block-bullet = Punto de lista
block-numbered = Punto numerado
block-quote = Cita
block-unknown = Otro tipo de párrafo
yes = sí
no = no
percent = { $n } %
see-version = Ver «{ $name }» en esta versión
version-bar = Versión que está mirando
version-of = Versión del { $when }.
version-empty = En esta versión no había nada escrito.
back-to-today = Volver a hoy
restore-version = Restaurar: crea una versión nueva
restore-place = Recuperar lo de antes
restore-place-label = Recuperar lo de antes: { $what }
restore-group = Recuperar todo lo de antes de estos cambios
restore-title = Recuperar lo que había
restore-text = Esto es lo que cambiará hoy para volver a como estaba ({ $when }). Se guarda como un cambio suyo: lo que hay ahora queda en el historial y se puede recuperar igual.
restore-what = Lo que cambiará
restore-do = Recuperar
restore-nothing = Hoy ya está como en esa versión: no hay nada que recuperar.
restore-done = Recuperado. Se ha creado una versión nueva; el historial lo conserva todo.
restore-failed = No se ha podido recuperar todo. Mire cómo ha quedado y vuelva a intentarlo.

## Guardado

sy01 = Sin conexión con { $city } { $since }. Puede seguir trabajando; los cambios se enviarán cuando vuelva.
sy04 = Documento pendiente de sincronizar.
sy05 = Guardado en este equipo.
sy06 = Guardado en { $city }.
sy07 = { $m ->
    [one] Recibido por { $n } de { $m } ciudad. Falta { $cities }.
   *[other] Recibido por { $n } de { $m } ciudades. Falta { $cities }.
}
sy08 = Sin conexión. Lo que escriba se guarda en este equipo y se enviará al volver.
sy09 = Dos valores a la vez en { $field }: { $values }. Se usa { $value } hasta que alguien decida.
save-sending = Enviando…
save-connecting = Conectando con el servidor de su ciudad…
save-all = { $n ->
    [one] Recibido por la otra ciudad.
   *[other] Recibido por las { $n } ciudades socias.
}
save-unkept = No se puede guardar en este equipo. No cierre esta página.
save-unkept-line = Sin conexión. Lo que escriba se enviará al volver, mientras esta página siga abierta.
save-keep-open = No cierre esta página.
city-away = { $city } (sin conexión { $since })
city-never-here = { $city } (todavía no se ha conectado)
saving-more = Dónde está guardado
saving-title = Dónde está guardado lo que escribe
saving-here = Este equipo
saving-others = Las otras ciudades
saving-waiting = { $n ->
    [one] Falta enviar un cambio.
   *[other] Falta enviar { $n } cambios.
}
saving-copies = { $n ->
    [one] Este equipo guarda copia de un documento ({ $size } MB).
   *[other] Este equipo guarda copia de { $n } documentos ({ $size } MB).
}
saving-offline = Lo que ha abierto aquí se abre también sin conexión, hasta el { $until }. Al salir se borra de este equipo, salvo lo que falte por enviar.
saving-installing = La página se está preparando para abrirse sin conexión.
saving-promised = El navegador se compromete a no borrar estas copias por falta de espacio.
saving-not-promised = Si le falta espacio, el navegador puede borrar estas copias. Lo que ya está en el servidor de su ciudad no se pierde.
saving-unkept-why = El navegador no deja guardar, o no queda sitio en el disco. Libere espacio o avise a informática; mientras tanto puede seguir escribiendo.
saving-outdated = Otra pestaña ya usa una versión nueva de la página. Actualice esta para volver a guardar en este equipo.
saving-missing-there = { $n ->
    [one] Falta que llegue un cambio a { $city }.
   *[other] Falta que lleguen { $n } cambios a { $city }.
}
saving-others-unknown = Todavía no se sabe qué ciudades tienen lo último. Se verá aquí en cuanto lo confirmen.
saving-others-none = Esta alianza no tiene todavía otras ciudades.
saving-city-has = Recibido por { $city }.
saving-city-lacks = { $city } lo está recibiendo.

conflict-title = Dos valores a la vez
conflict-label = Dos valores a la vez en { $field }
conflict-use = Usar { $value }
conflict-used = Se usa { $value } hasta que alguien decida.
conflict-decided = Decidido: { $field }, { $value }.
provisional = provisional
pr07 = { $n ->
    [one] Hay un dato con más de un valor a la vez. Decídalo antes de aprobar.
   *[other] Hay { $n } datos con más de un valor a la vez. Decida cada uno antes de aprobar.
}
pr01 = Faltan componentes básicos del programa operativo: { $list }.
pr02 = Los porcentajes de sectores suman { $n } %. Deben sumar 100 %.
pr03 = El resultado { $code } no tiene ningún indicador.
pr04 = El indicador { $code } no tiene fuente de verificación.
pr05 = La actividad { $code } no está unida a ningún resultado.
pr06 = El indicador { $code } no tiene línea de base.
pr08 = Todavía no han aceptado participar: { $cities }.
pr09 = No hay ningún acuerdo firmado ni declaración de intenciones vigente para este programa.
pr10 = { $city } no aporta recursos. La metodología se basa en la cofinanciación.
ac01 = La actividad necesita un título y una ciudad responsable.
pb01 = La cantidad debe ser un número mayor o igual que cero, con { $n } decimales como máximo.
pb02 = Solo { $city } puede fijar su aportación. Puede enviarle una propuesta.
pb03 = La anualidad { $year } está fuera del periodo del programa.
ac02 = La actividad { $code } termina antes de empezar.
ac05 = El avance debe estar entre 0 y 100.
ac03 = La actividad { $code } queda fuera del periodo del programa ({ $from } – { $to }).
ac04 = La actividad { $code } depende de { $other }, que termina después.
ac06 = La fecha real no puede ser futura.
pb04 = Los costes indirectos son el { $n } % de los directos y superan el límite fijado ({ $m } %).
pb05 = La partida { $code } no está unida a ninguna actividad.
pb06 = Falta el tipo de cambio de { $from } a { $to }.

## Campos

field-title = Título
field-title-en = Título en inglés
field-code = Código
field-status = Estado
field-lead-city = Ciudad responsable
field-default-currency = Moneda
field-period-start = Empieza
field-period-end = Termina
field-role = Papel
field-group = Grupo de población
field-women = Mujeres
field-men = Hombres
field-other = Otras personas
field-indirect = Población indirecta
field-general-objective = Objetivo general
hint-general-objective = El cambio de fondo al que este programa contribuye, aunque no dependa solo de él.
field-specific-objective = Objetivo específico
field-assumptions = Supuestos
field-result = Resultado
field-so-id = Objetivo al que sirve
field-iati-type = Clase de resultado
field-indicator = Indicador
field-measure = Cómo se mide
field-unit = Unidad
field-baseline-value = Línea de base
field-baseline-year = Año de la base
field-baseline-comment = De dónde sale la línea de base
field-disaggregation = Se mide por separado según
field-frequency = Cada cuánto
field-sdg-indicator = Indicador ODS
hint-sdg-indicator = Por ejemplo, 6.3.1.
field-deliverables = Productos
field-depends-on = Depende de
field-due = Fecha de entrega
field-milestone = Es un hito
field-amount = Cantidad
field-pos = Orden
field-deleted = Quitado
field-verification-source = Fuente de verificación
field-responsible-city = Ciudad que mide
field-activity = Actividad
field-kind = Tipo
field-planned-start = Inicio previsto
field-planned-end = Fin previsto
field-actual-start = Inicio real
field-actual-end = Fin real
field-progress-pct = Avance
field-support-cities = Ciudades que apoyan
field-line-title = Partida
field-category = Categoría
field-direct = Coste directo
field-indirect-limit-pct = Límite de costes indirectos
field-name = Nombre
field-type = Tipo
field-function = Función
field-position = Puesto o tarea
field-person = Persona
field-dedication-pct = Dedicación
field-from = Desde
field-to = Hasta
field-risk = Riesgo
field-prob = Probabilidad
field-impact = Impacto
field-owner = Ciudad que lo vigila
field-mitigation = Qué haremos para evitarlo o reducirlo
field-visibility-plan = Cómo se dará a conocer
field-body = Texto
field-partners = Ciudades que participan
field-text = Texto
one-activities = Actividad
one-results = Resultado
one-preconditions = Condición previa
one-monitoring_plan = Seguimiento
one-cell_proposals = Propuesta
one-specific_objectives = Objetivo específico
one-indicators = Indicador
one-budget_lines = Partida
one-risks = Riesgo
one-staff = Equipo
one-financiers = Financiador
one-management_split = Función
one-beneficiaries = Población
one-cells = Aportación
one-partners = Participación

## Campos que solo se nombran en el historial y en los avisos

field-activities = Actividades
field-activity-id = Actividad
field-actors = Actores
field-alignment = Alineamiento
field-ascending = Mejora al subir
field-baselines = Líneas de base
field-beneficiaries = Población a la que llega
field-budget-lines = Partidas
field-by-city = Ciudad que propone
field-cell = Celda
field-cell-proposals = Propuestas
field-cells = Cantidades
field-city = Ciudad
field-dac-sectors = Sectores de la ayuda
field-financiers = Financiadores externos
field-fx = Tipos de cambio
field-geonames = Código del lugar
field-indicators = Indicadores
field-language = Lengua
field-lat = Latitud
field-level-id = Nivel que mide
field-line = Partida
field-locations = Lugares
field-lon = Longitud
field-management-split = Cogestión
field-monitoring-plan = Seguimiento
field-needs = Necesidades
field-non-duplication = Comprobación de solapes
field-note = Nota
field-nua-pillar = Nueva Agenda Urbana
field-person-ref = Persona
field-policy-markers = Marcadores
field-preconditions = Condiciones previas
field-product-type = Tipo de producto
field-ref = Referencia
field-result-id = Resultado
field-results = Resultados
field-risks = Riesgos
field-sdg-targets = Metas de los ODS
field-space-ref = Espacio de seguimiento
field-specific-objectives = Objetivos específicos
field-staff = Equipo
field-state = Estado
field-synergies = Sinergias
field-targets = Metas
field-theme = Tema
one-deliverables = Producto
one-locations = Lugar
one-needs = Necesidad
one-synergies = Sinergia

## Identidad

state-draft = Borrador
state-in_review = En revisión
state-agreed = Acordado
state-in_execution = En ejecución
state-finalising = En finalización
state-closed = Cerrado
state-suspended = Suspendido
state-cancelled = Cancelado
currency-EUR = euro (€)
currency-USD = dólar estadounidense (USD)
currency-BOB = boliviano (BOB)
currency-COP = peso colombiano (COP)
currency-CUP = peso cubano (CUP)
currency-DOP = peso dominicano (DOP)
currency-GTQ = quetzal (GTQ)
currency-HNL = lempira (HNL)
currency-MXN = peso mexicano (MXN)
currency-NIO = córdoba (NIO)
currency-PEN = sol (PEN)
currency-PYG = guaraní (PYG)
currency-UYU = peso uruguayo (UYU)
partners-title = Ciudades que participan
partner-answer = Respuesta
role-of = Papel de { $city }
answer-of = Respuesta de { $city }
partner-role-lead = Líder
partner-role-partner = Socia
partner-role-associate = Asociada
partner-role-beneficiary = Beneficiaria
partner-status-invited = Invitada
partner-status-accepted = Participa
partner-status-declined = No participa
partner-status-left = Lo ha dejado
partner-invited = Su ciudad está invitada a este programa. Al aceptar se abre su parte del presupuesto.
partner-accept = Aceptar la participación
partner-accepted = Su ciudad participa en el programa.
partner-add = Añadir { $city }
sectors-title = Sectores de la ayuda
sectors-text = Códigos de propósito del CAD. Suman { $total } %.
sectors-not-100 = Deben sumar 100 %.
sector = Sector { $code }
sector-add = Añadir sector
sector-hint = Cinco cifras; por ejemplo, 14022 para saneamiento.
sector-wrong = El código tiene cinco cifras.
targets-title = Metas de los Objetivos de Desarrollo Sostenible
target = Meta { $code }
targets-empty = Todavía ninguna. La metodología propone empezar por los objetivos 11 y 17, sin excluir otros.
target-goal = Objetivo
target-add = Meta que se añade
target-added = Añadida la meta { $code }.
beneficiaries-title = Población a la que llega
beneficiaries-empty = Nadie ha dicho todavía a quién llega. Por ejemplo: personal técnico municipal formado, 12 mujeres y 10 hombres.
untitled-group = Grupo sin nombre
add-group = Añadir un grupo de población
count-wrong = Escriba un número entero, sin decimales.
percent-wrong = Escriba un número entero entre 0 y 100.

## Objetivos y resultados

result = Resultado { $code }
indicator = Indicador { $code }
framework-empty = El marco lógico está vacío
framework-empty-text = Dice qué cambio se busca y cómo se sabrá que ha llegado. Empiece por un objetivo específico: por ejemplo, «Tarija gestiona su red de saneamiento con un plan aprobado».
framework-caption = Marco lógico
framework-keys = Con las flechas se va de casilla en casilla; Intro entra a escribir y Esc sale. Alt y flecha arriba o abajo cambian el orden.
frame-logic = Objetivos y resultados
frame-indicators = Indicadores
no-indicator = Sin indicador.
no-assumptions-here = —
no-baseline = Sin línea de base.
more-about = Más datos de { $name }
add-result-to = Añadir un resultado a { $code }
add-one-indicator = Añadir un indicador
indicator-from = Parte de { $value } ({ $year }).
indicator-targets = Metas: { $list }.
indicator-values = Medido: { $list }.
indicator-by = Por { $list }.
indicator-city = Mide { $city }.
value-in = Valor { $period }
group-sex = sexo
group-age = edad
group-district = barrio o distrito
group-group = grupo de población
frequency-monthly = Cada mes
frequency-quarterly = Cada trimestre
frequency-semester = Cada semestre
frequency-annual = Cada año
frequency-final = Al final
preconditions-title = Condiciones previas
preconditions-empty = Ninguna. Por ejemplo: el ayuntamiento de Tarija ha cedido el terreno.
precondition = Condición previa { $n }
add-precondition = Añadir una condición previa
target-of = Meta { $period }
add-objective = Añadir un objetivo específico
add-indicator = Añadir un indicador a { $name }
result-type-1 = Producto
result-type-2 = Efecto
result-type-3 = Impacto
result-type-9 = Otro
measure-1 = En unidades
measure-2 = En porcentaje
measure-3 = Por categorías
measure-4 = Por orden
measure-5 = Con palabras
number-wrong = Escriba un número.
year-wrong = Escriba un año de cuatro cifras.

## Actividades

activity = Actividad { $code }
activities-no-results = Primero, los resultados
activities-no-results-text = Cada actividad sirve a un resultado. Añada el primero en «Objetivos y resultados».
activities-loose = Actividades sin resultado
add-activity = Añadir una actividad
no-result = Sin resultado
deliverable = Producto { $n }
add-deliverable = Añadir un producto
removed-one = Se quitó: { $name }.
latest-of-several = la más tardía
latest-used = En el cronograma se usa la más tardía, { $date }, hasta que alguien decida.
milestone = hito
timetable-title = Cronograma
timetable-caption = Cronograma: cada fila dice sus fechas y las dibuja. El trozo oscuro de la barra es lo avanzado.
timetable-bars = Barras por meses
timetable-support = Con { $cities }
activity-summary = { $city }, del { $from } al { $to }.
activity-support = Con apoyo de { $cities }.
activity-progress = Avance: { $n } %.
activity-planned = Prevista
activity-ongoing = En marcha
activity-done = Hecha
activity-delayed = Retrasada
activity-cancelled = Cancelada
kind-activity = Actividad
kind-mission = Misión técnica
kind-exchange = Intercambio
kind-study = Estudio
kind-training = Formación
kind-works = Obra
kind-event = Encuentro
kind-management = Gestión

## Presupuesto

budget-total = Total del programa:
budget-whose = Aportación de
budget-all = Todas, por partida
budget-no-years = Ponga primero las fechas del programa en «Identidad»: de ellas salen los años del presupuesto.
budget-empty-text = Una partida dice en qué se gasta: por ejemplo, «B01 Personal técnico». Cada ciudad pone después lo que aporta, por año y en efectivo o en especie.
budget-to-files = Llevar el presupuesto a una hoja de cálculo, o traerlo de ella
sheet-keys = Muévase con las flechas o el tabulador. Escriba para sustituir; Intro o F2 para corregir; Esc deja la casilla como estaba y, fuera de ella, sale de la tabla. Puede copiar y pegar bloques de una hoja de cálculo. En una casilla de otra ciudad, Intro abre una propuesta.
cell-conflict = dos valores
cell-proposed = propuesta: { $amount }
back-to-cell = Ir a la casilla
pasted = { $n ->
    [one] Pegada una casilla.
   *[other] Pegadas { $n } casillas.
}
pasted-wrong = { $n ->
    [one] Una tiene algo que no es una cantidad: está en rojo, tal como venía.
   *[other] { $n } tienen algo que no es una cantidad: están en rojo, tal como venían.
}
pasted-left = { $n ->
    [one] Una casilla no es de su ciudad o queda fuera de la tabla, y no se ha cambiado.
   *[other] { $n } casillas no son de su ciudad o quedan fuera de la tabla, y no se han cambiado.
}
copied-cells = { $n ->
    [one] Copiada una casilla.
   *[other] Copiadas { $n } casillas.
}
indirect-share = Costes indirectos: { $n } % de los directos. Límite fijado: { $m } %.
totals-in = Ver los totales en
totals-rate = Tipo fijado: { $rate } { $to } por cada { $from }.
rates-title = Otras monedas
rates-text = Las cantidades se guardan siempre en { $currency }. Si alguna ciudad trabaja en otra moneda, fije aquí el tipo de cambio, con su fecha y de dónde sale.
rate-of = { $to } por cada { $from }
rate-date = Fecha del tipo
rate-source = De dónde sale
rate-add = Añadir una moneda
rate-hint = Tres letras; por ejemplo, BOB.
currency-wrong = Escriba las tres letras de otra moneda: BOB, USD.
budget-empty = Todavía no hay partidas. Añada la primera más abajo.
budget-caption = Aportación de { $name } por partida, año y modalidad, en { $currency }
contribution-missing = La parte de su ciudad se abre cuando acepta participar en el programa. Puede aceptarlo en «Identidad».
line = Partida
line-code = Partida { $code }
total = Total
funder = Quién aporta
mode-cash = efectivo
mode-in_kind = en especie
cell-label = { $line }, { $name }, { $year }, { $mode }
matrix-caption = Partidas por ciudad y financiador, todos los años y modalidades, en { $currency }
totals-title = Totales
totals-caption = Totales por ciudad, modalidad y año, en { $currency }
propose-title = Proponer una cantidad a { $city }
amount-in = Cantidad en { $currency }
proposal-note = Por qué
send-proposal = Enviar la propuesta
proposed = Propuesta enviada a { $city }.
proposals-title = Propuestas
proposal = Propuesta de { $from } para la aportación de { $to }: { $amount } ({ $line }, { $year }, { $mode }).
accept-proposal = Aceptar
decline-proposal = No aceptar
proposal-accepted = Propuesta aceptada: la cantidad ya está en su aportación.
proposal-declined = Propuesta no aceptada.
propose-how = Para proponer una cantidad, elija su casilla y pulse Intro.
proposals-none = No hay ninguna propuesta abierta.
proposals-closed = { $n ->
    [one] Una propuesta cerrada
   *[other] { $n } propuestas cerradas
}
counter-proposal = { $to } ofrece otra cantidad para su aportación: { $amount } ({ $line }, { $year }, { $mode }).
counter-propose = Contraproponer
counter-title = Ofrecer otra cantidad a { $city }
counter-text = Para su aportación a { $line }, { $year }, { $mode }. La propuesta recibida se cierra y la otra ciudad ve la suya.
counter-also = Poner ya esta cantidad en mi aportación
agree-proposal = De acuerdo
propose-again = Proponer otra cantidad
withdraw-proposal = Retirar
set-agreed = Poner { $amount }
leave-agreed = Dejarlo como está
proposal-agreed = De acuerdo: la otra ciudad puede ya poner la cantidad.
proposal-withdrawn = Propuesta retirada.
proposal-state-open = A la espera de respuesta.
proposal-made = Enviada: { $when }.
proposal-state-accepted = Aceptada.
proposal-state-agreed = Hay acuerdo sobre esta cantidad.
proposal-state-rejected = No aceptada.
proposal-state-withdrawn = Retirada.
proposal-is-open = abierta
proposal-is-accepted = aceptada
proposal-is-rejected = no aceptada
proposal-is-withdrawn = retirada
propose-text = Para { $line }, { $year }, { $mode }. La otra ciudad decide si la acepta.
lines-title = Partidas
add-line = Añadir una partida
transversal = Transversal (ninguna)
category-personal = Personal técnico
category-viajes = Viajes, alojamiento y dietas
category-servicios = Asistencias y servicios técnicos
category-equipos = Equipos y suministros
category-formacion = Formación
category-difusion = Sensibilización y difusión
category-evaluacion = Evaluación
category-indirectos = Costes indirectos
category-otros = Otros
financiers-title = Financiadores externos
financiers-empty = Ninguno. Una diputación, un fondo o un ministerio, por ejemplo.
add-financier = Añadir un financiador
untitled-financier = Financiador sin nombre
financier-fund = Fondo de cooperación
financier-state = Administración del Estado
financier-region = Gobierno regional
financier-province = Diputación o provincia
financier-multilateral = Organismo internacional
financier-foundation = Fundación
financier-company = Empresa
financier-other = Otro
financier-other_public = Otra administración pública
funding-planned = Previsto
funding-requested = Solicitado
funding-granted = Concedido

## Gestión

split-title = Cogestión
split-text = Qué función lleva cada ciudad: coordinación, compras, justificación, seguimiento.
add-function = Añadir una función
staff-title = Equipo
staff-text = Personas con nombre en cada ciudad. El nombre vive en la ficha de su ciudad, no en el programa.
add-staff = Añadir un puesto
untitled-position = Puesto sin nombre
risks-title = Riesgos
risks-empty = Ninguno todavía. Por ejemplo: las elecciones municipales cambian las prioridades; probabilidad media, impacto alto.
risk = Riesgo { $code }
add-risk = Añadir un riesgo
scale-1 = 1, muy baja
scale-2 = 2, baja
scale-3 = 3, media
scale-4 = 4, alta
scale-5 = 5, muy alta
risk-high = Riesgo alto: conviene vigilarlo en cada reunión.
risk-middle = Riesgo medio.
risk-low = Riesgo bajo.
visibility-title = Visibilidad
management-texts = Se escriben en «Textos»:
monitoring-title = Seguimiento
monitoring-empty = Todavía no se ha dicho cómo se hará. Por ejemplo: una reunión de seguimiento cada trimestre, con acta y los indicadores al día.
field-monitoring = Cómo se hace el seguimiento
add-monitoring = Añadir una forma de seguimiento

## Textos

narratives-text = Varias personas pueden escribir a la vez en el mismo texto, desde ciudades distintas. Todo se guarda solo.
section-context = Contexto
section-justification = Justificación
section-sustainability = Sostenibilidad
section-gender = Igualdad de género
section-common_strategy = Estrategia común
hint-section-context = De qué situación se parte, en qué territorio y con qué actores.
hint-section-justification = Por qué este programa, por qué ahora y por qué entre estas ciudades.
hint-section-sustainability = Qué quedará en marcha cuando el programa termine, y quién lo sostendrá.
hint-section-gender = Cómo afecta a mujeres y hombres, y qué se hará para no dejar a nadie atrás.
words = { $n ->
    [one] una palabra
   *[other] { $n } palabras
}
contribution-of = Aportación de { $city }

## Editor de textos

editor-buttons = Formato de «{ $name }»
editor-help = Con Escape se sale del texto. Los botones de formato están justo antes; se recorren con las flechas.
editor-failed = El editor no se ha podido cargar. Puede leer el texto; vuelva a cargar la página para escribir.
editor-with-keys = { $name } ({ $keys })
editor-keys = Ctrl+{ $key }
editor-keys-shift = Ctrl+Mayús+{ $key }
editor-bold = Negrita
editor-italic = Cursiva
editor-link = Enlace
editor-title = Título
editor-subtitle = Subtítulo
editor-bullet = Lista con puntos
editor-numbered = Lista numerada
editor-quote = Cita
editor-out = Menos sangría en la lista
editor-in = Más sangría en la lista
editor-undo = Deshacer lo último que he escrito
editor-redo = Rehacer
editor-short-bold = Negrita
editor-short-italic = Cursiva
editor-short-link = Enlace
editor-short-title = Título
editor-short-subtitle = Subtítulo
editor-short-bullet = Lista
editor-short-numbered = Numerada
editor-short-quote = Cita
editor-short-out = ⇤
editor-short-in = ⇥
editor-short-undo = Deshacer
editor-short-redo = Rehacer
edits-here = { $city } edita esta sección.
link-title = Enlace
link-intro = El enlace se abre en otra pestaña de quien lo pulse.
link-address = Dirección
link-hint = Por ejemplo www.ejemplo.es/informe o una dirección de correo.
link-wrong = Eso no es una dirección a la que se pueda enlazar. Escriba una página web (https://…) o un correo.
link-set = Poner el enlace
link-open = Abrir en otra pestaña
link-remove = Quitar el enlace

## Avisos

notices-waiting = Preguntando al servidor…
notices-agree = Impide aprobar el programa
notices-review = Impide enviarlo a revisión
notices-execute = Impide ponerlo en marcha
notices-correct = Hay que corregirlo
notices-look = Conviene mirarlo
components-title = Componentes básicos
components-count = { $n } de { $m } están completos.
component-context = Contexto
component-justification = Justificación
component-objectives = Objetivos
component-results = Resultados esperados
component-activities = Actividades
component-resources = Recursos
component-deadlines = Plazos
component-monitoring = Seguimiento
light-complete = completo
light-half = a medias
light-missing = falta
want-text = Nadie lo ha escrito todavía.
want-general = Falta el objetivo general.
want-specific = Falta un objetivo específico.
want-results = Falta algún resultado.
want-indicators = Algún resultado no tiene indicador.
want-activities = Falta alguna actividad.
want-dates = Alguna actividad no tiene fechas.
want-cities = Alguna actividad no tiene ciudad responsable.
want-lines = Falta alguna partida.
want-amounts = Nadie ha puesto cantidades.
want-start = Falta la fecha de inicio.
want-end = Falta la fecha de fin.
want-any-indicator = Falta algún indicador.
want-sources = Algún indicador no tiene fuente de verificación.
want-baselines = Algún indicador no tiene línea de base.
want-plan = Falta decir cómo se hará el seguimiento.
changed-after-title = Quitado y cambiado a la vez
changed-after = Se quitó, pero { $city } la cambió después.
remove-anyway = Quitar de todos modos
removed-anyway = Se ha quitado de todos modos: { $name }.
recovered = Se ha recuperado: { $name }.
repeated-title = Partidas que quizá se repiten
repeated = Posible partida repetida: «{ $title }» aparece { $n } veces ({ $a } y { $b }).
repeated-text = Al unirlas, las cantidades de { $b } se suman a { $a } y { $b } se quita. Podrá recuperarla.
repeated-wait = { $cities } tiene cantidades en { $b } y solo esa ciudad puede pasarlas a { $a }. Al unir se pasan las suyas y las de financiadores externos.
repeated-joined = { $b } se ha unido a { $a }.
repeated-join = Unir
repeated-different = Son distintas
notices-none = No falta nada de lo que sabemos comprobar.
go-there = Ir a «{ $part }»

## Ficheros e impresión

file-download = Descargar
file-download-of = Descargar: { $name }
file-made = El fichero { $name } está en sus descargas.
file-origin = Cada fichero dice de dónde sale: { $alliance }, versión { $version }, { $date }, { $city }.
file-unapproved = Contiene cambios sin aprobar.
file-origin-short = { $alliance } · versión { $version } · { $date } · { $city }
print = Imprimir
back-to-programme = Volver al programa
printed-matrix = Partidas por ciudad y financiador, en { $currency }
printed-provisional = Cantidad provisional: hay dos valores a la vez y nadie ha decidido todavía.
printed-end = Impreso el { $date }.
files-out = Llevar
files-in = Traer un presupuesto
file-print = Programa completo
file-print-text = Todas sus partes en una página, para imprimir o guardar como PDF.
file-print-open = Ver para imprimir
file-budget = Presupuesto
file-budget-text = Tabla CSV con una fila por cantidad. Se abre en una hoja de cálculo y puede volver a traerse.
file-timetable = Cronograma
file-timetable-text = Tabla CSV con actividades, fechas, ciudades y avance.
file-indicators = Indicadores
file-indicators-text = Tabla CSV con línea de base, metas y valores por periodo.
file-json = Programa en JSON
file-json-text = Todos los datos, para otro programa informático o para el archivo.
import-text = Descargue el presupuesto, cámbielo en su hoja de cálculo, guárdelo como CSV y elíjalo aquí. Primero verá qué cambiaría; no se toca nada hasta que lo confirme. Las cantidades de otras ciudades se envían como propuestas.
import-choose = Fichero CSV del presupuesto
import-missing = En el fichero faltan las columnas: { $columns }. Descargue el presupuesto para ver cómo se llaman.
import-title = Qué cambiaría «{ $name }»
import-nothing = No cambiaría nada.
import-changes = { $n ->
    [one] Un cambio.
   *[other] { $n } cambios.
}
import-same = { $n ->
    [one] Una fila es igual a lo que hay.
   *[other] { $n } filas son iguales a lo que hay.
}
import-untold = { $n ->
    [one] Una cantidad no está en el fichero y se queda como está.
   *[other] { $n } cantidades no están en el fichero y se quedan como están.
}
import-caption = Cambios, por fila del fichero
import-row = Fila
import-what = Qué
import-before = Ahora
import-after = Pasará a
import-how = Cómo
import-not-there = no está
import-will-add = Se añade la partida
import-will-rename = Cambia el título
import-will-set = Se pone
import-will-clear = Se quita la cantidad
import-will-propose = Se propone a { $city }
import-apply = { $n ->
    [one] Aplicar el cambio
   *[other] Aplicar los { $n } cambios
}
import-leave = Dejarlo
import-done = { $n ->
    [one] Hecho: un cambio aplicado.
   *[other] Hecho: { $n } cambios aplicados.
}
import-done-bad = { $n ->
    [one] Una fila no se ha podido leer; sigue abajo.
   *[other] { $n } filas no se han podido leer; siguen abajo.
}
import-bad = { $n ->
    [one] Una fila no se puede leer y se dejará fuera:
   *[other] { $n } filas no se pueden leer y se dejarán fuera:
}
import-bad-row = Fila { $row }:
import-no-line = Falta el código o el título de la partida.
import-two-lines = Hay más de una partida «{ $code }». Deles códigos distintos.
import-no-funder = No hay ninguna ciudad ni financiador llamado «{ $name }».
import-two-funders = Hay más de uno llamado «{ $name }». Cambie el nombre de uno.
import-no-year = «{ $year }» no es un año de cuatro cifras.
import-no-mode = «{ $mode }» no es una modalidad. Escriba efectivo o valorizado.
import-no-activity = No hay ninguna actividad con el código { $code }.
import-twice = Esta casilla ya está en la fila { $row }.
import-propose-nothing = A otra ciudad no se le puede proponer una casilla vacía. Escriba 0 si propone que no aporte.
import-note = De una hoja de cálculo.
no-amount = sin cantidad

## Cuenta y salida

failed-title = Esta parte no se puede mostrar
failed-text = Ha ocurrido un fallo de la página. Lo que había escrito está guardado. Vuelva a cargarla; si sigue igual, avise a informática.
reload = Volver a cargar
save = Guardar
edit = Cambiar datos
edit-of = Cambiar datos: { $name }
enable = Devolver acceso
enable-of = Devolver acceso: { $name }
person-enabled-done = { $name } puede entrar de nuevo.
person-changed = Se han cambiado los datos de { $name }.
password-current = Contraseña actual
my-password = Cambiar mi contraseña
leave = Dejar la alianza
leave-text = Su ciudad deja de recibir y de enviar cambios. Lo que escribió se queda con las demás ciudades, y su ciudad conserva lo que hay hoy. Para volver hará falta una invitación nueva.
leave-confirm = Para confirmarlo, escriba el nombre de la alianza: { $name }
left = Su ciudad ha dejado { $name }.
not-a-programme = Esta dirección no es la de un programa.
