# Português. EM PREPARAÇÃO: há a moldura da página, a entrada, o início e a gravação; o que falta aparece em espanhol.
# Ainda não foi revisto por quem trabalhe em português numa câmara municipal.

brand = Aliança entre cidades
skip = Ir para o conteúdo
opening = A abrir…
nav = Principal
nav-home = Início
nav-people = Pessoas
nav-drafts = { $n ->
    [one] Rascunho recuperado
   *[other] Rascunhos recuperados ({ $n })
}
language = Língua
languages-preparing = Em preparação (o que falta, em espanhol)
close = Fechar
cancel = Cancelar
copy = Copiar
copied = Copiado.
copy-by-hand = Não foi possível copiar. Selecione o texto e copie-o com o teclado.
add = Acrescentar
remove = Retirar
remove-item = Retirar: { $name }
item-removed = Foi retirado: { $name }. Pode recuperá-lo no fim da lista.
recover = Recuperar
recover-item = Recuperar: { $name }
choose = Escolha…
untitled = Sem título
empty-value = vazio
no-date = sem data
nobody-yet = Ninguém ainda
just-now = há um momento
since-hour = desde as { $when }
since-day = desde { $when }
city = Cidade
city-unknown = cidade por identificar
city-code = Cidade { $code }
person-unknown = uma pessoa
person-of = { $person } ({ $city })
your-city = { $city } (a sua cidade)
document = Documento
unknown-title = Não encontramos esta página
unknown-text = Talvez o endereço esteja incompleto. Volte ao início e procure a partir daí.
error-offline = Não há ligação ao servidor da sua cidade. Verifique a rede e tente de novo.

## Entrada

sign-in-title = Entrar
sign-in-text = Use o utilizador e a palavra-passe que a sua câmara municipal lhe deu.
sign-in-again = A sua sessão terminou. Volte a entrar: o que tinha escrito continua aqui.
sign-in = Entrar
sign-in-help = Não se lembra da palavra-passe? Peça uma nova a quem administra este servidor na sua cidade.
sign-out = Sair
user = Utilizador
password = Palavra-passe

## Início

greeting-morning = Bom dia, { $name }
greeting-afternoon = Boa tarde, { $name }
greeting-night = Boa noite, { $name }
home-empty = A sua cidade ainda não está em nenhuma aliança
home-empty-text = Crie uma e convide outras cidades, ou junte-se a uma com a ligação que lhe tenham enviado.
alliance = Aliança
alliance-cities = { $n ->
    [one] Uma cidade.
   *[other] { $n } cidades.
}
alliance-alone = A sua cidade está sozinha nesta aliança. Convide outra para começarem a trabalhar juntas.
role-coordinator = coordenadora
role-partner = parceira
role-associate = associada
role-facilitator = secretariado técnico
role-observer = observadora
partner-has-all = { $city } tem tudo.
partner-last = Última ligação { $when }.
partner-away = { $city } não está ligada { $since }; tem tudo o que é nosso até agora.
partner-never = { $city } ainda não se ligou a nós.
new-alliance = Criar uma aliança
new-alliance-text = A sua cidade funda-a e depois convida as outras.
alliance-name = Nome da aliança
new-alliance-button = Criar a aliança
join = Juntar-se a uma aliança
join-text = Com a ligação de convite que outra cidade lhe enviou.
join-link = Ligação de convite
join-button = Juntar-se

## Aliança

programmes-title = Programas
programmes-empty = Ainda não há nenhum programa
new-programme = Novo programa
programme-title = Título do programa
cities-title = Cidades parceiras
invitations-title = Convites
invite = Convidar uma cidade

## Programa

programme = Programa
programme-opening = A abrir o programa…
programme-read-only = Pode ler este programa, mas não alterá-lo.
back-to-alliance = Voltar à aliança
parts = Partes do programa
part-identity = Identidade
part-framework = Objetivos e resultados
part-activities = Atividades
part-budget = Orçamento
part-management = Gestão e riscos
part-narratives = Textos
part-notices = Avisos
here-title = Aqui agora
here-alone = Mais ninguém neste momento.

## Gravação

sy05 = Guardado neste computador.
sy06 = Guardado em { $city }.
sy07 = { $m ->
    [one] Recebido por { $n } de { $m } cidade. Falta { $cities }.
   *[other] Recebido por { $n } de { $m } cidades. Falta { $cities }.
}
sy08 = Sem ligação. O que escrever fica guardado neste computador e será enviado quando voltar.
save-sending = A enviar…
save-connecting = A ligar ao servidor da sua cidade…
save-all = { $n ->
    [one] Recebido pela outra cidade.
   *[other] Recebido pelas { $n } cidades parceiras.
}
save-unkept = Não é possível guardar neste computador. Não feche esta página até a ligação voltar.
conflict-title = Dois valores ao mesmo tempo
conflict-label = Dois valores ao mesmo tempo em { $field }
conflict-use = Usar { $value }
conflict-used = Usa-se { $value } até que alguém decida.
provisional = provisório
total = Total
reload = Voltar a carregar
save = Guardar
