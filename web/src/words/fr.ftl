# Français. EN PRÉPARATION : le cadre de la page, l'entrée, l'accueil et l'enregistrement y sont ; le reste est en
# espagnol. Pas encore relu par une personne travaillant en français dans une mairie.

brand = Alliance entre villes
skip = Aller au contenu
opening = Ouverture…
nav = Principale
nav-home = Accueil
nav-people = Personnes
nav-drafts = { $n ->
    [one] Brouillon récupéré
   *[other] Brouillons récupérés ({ $n })
}
language = Langue
languages-preparing = En préparation (le reste, en espagnol)
close = Fermer
cancel = Annuler
copy = Copier
copied = Copié.
copy-by-hand = La copie n'a pas pu se faire. Sélectionnez le texte et copiez-le au clavier.
add = Ajouter
remove = Retirer
remove-item = Retirer : { $name }
item-removed = Retiré : { $name }. Vous pouvez le récupérer à la fin de la liste.
recover = Récupérer
recover-item = Récupérer : { $name }
choose = Choisissez…
untitled = Sans titre
empty-value = vide
no-date = sans date
nobody-yet = Personne pour l'instant
just-now = à l'instant
since-hour = depuis { $when }
since-day = depuis le { $when }
city = Ville
city-unknown = ville non identifiée
city-code = Ville { $code }
person-unknown = une personne
person-of = { $person } ({ $city })
your-city = { $city } (votre ville)
document = Document
unknown-title = Nous ne trouvons pas cette page
unknown-text = L'adresse est peut-être incomplète. Revenez à l'accueil et cherchez à partir de là.
error-offline = Pas de connexion avec le serveur de votre ville. Vérifiez le réseau et réessayez.

## Entrée

sign-in-title = Entrer
sign-in-text = Utilisez l'identifiant et le mot de passe que votre mairie vous a donnés.
sign-in-again = Votre session est terminée. Entrez de nouveau : ce que vous aviez écrit est toujours là.
sign-in = Entrer
sign-in-help = Mot de passe oublié ? Demandez-en un nouveau à la personne qui administre ce serveur dans votre ville.
sign-out = Sortir
user = Identifiant
password = Mot de passe

## Accueil

greeting-morning = Bonjour, { $name }
greeting-afternoon = Bonjour, { $name }
greeting-night = Bonsoir, { $name }
home-empty = Votre ville ne fait encore partie d'aucune alliance
home-empty-text = Créez-en une et invitez d'autres villes, ou rejoignez-en une avec le lien que l'on vous a envoyé.
alliance = Alliance
alliance-cities = { $n ->
    [one] Une ville.
   *[other] { $n } villes.
}
alliance-alone = Votre ville est seule dans cette alliance. Invitez-en une autre pour commencer à travailler ensemble.
role-coordinator = coordinatrice
role-partner = partenaire
role-associate = associée
role-facilitator = secrétariat technique
role-observer = observatrice
partner-has-all = { $city } a tout reçu.
partner-last = Dernière connexion { $when }.
partner-away = { $city } n'est pas connectée { $since } ; elle a tout reçu jusqu'ici.
partner-never = { $city } ne s'est pas encore connectée avec nous.
new-alliance = Créer une alliance
new-alliance-text = Votre ville la fonde, puis invite les autres.
alliance-name = Nom de l'alliance
new-alliance-button = Créer l'alliance
join = Rejoindre une alliance
join-text = Avec le lien d'invitation qu'une autre ville vous a envoyé.
join-link = Lien d'invitation
join-button = Rejoindre

## Alliance

programmes-title = Programmes
programmes-empty = Il n'y a encore aucun programme
new-programme = Nouveau programme
programme-title = Titre du programme
cities-title = Villes partenaires
invitations-title = Invitations
invite = Inviter une ville

## Programme

programme = Programme
programme-opening = Ouverture du programme…
programme-read-only = Vous pouvez lire ce programme, mais pas le modifier.
back-to-alliance = Revenir à l'alliance
parts = Parties du programme
part-identity = Identité
part-framework = Objectifs et résultats
part-activities = Activités
part-budget = Budget
part-management = Gestion et risques
part-narratives = Textes
part-notices = Avis
here-title = Ici en ce moment
here-alone = Personne d'autre pour l'instant.

## Enregistrement

sy05 = Enregistré sur cet ordinateur.
sy06 = Enregistré à { $city }.
sy07 = { $m ->
    [one] Reçu par { $n } ville sur { $m }. Il manque { $cities }.
   *[other] Reçu par { $n } villes sur { $m }. Il manque { $cities }.
}
sy08 = Hors connexion. Ce que vous écrivez est enregistré sur cet ordinateur et partira au retour de la connexion.
save-sending = Envoi…
save-connecting = Connexion au serveur de votre ville…
save-all = { $n ->
    [one] Reçu par l'autre ville.
   *[other] Reçu par les { $n } villes partenaires.
}
save-unkept = L'enregistrement sur cet ordinateur est impossible. Ne fermez pas cette page avant le retour de la connexion.
conflict-title = Deux valeurs à la fois
conflict-label = Deux valeurs à la fois dans { $field }
conflict-use = Utiliser { $value }
conflict-used = On utilise { $value } jusqu'à ce que quelqu'un décide.
provisional = provisoire
total = Total
reload = Recharger
save = Enregistrer
