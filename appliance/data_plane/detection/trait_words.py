"""The values of columns that hold few different ones: traits of people, by label, in many languages."""

from __future__ import annotations

from functools import cache

from appliance.data_plane.detection.folding import fold

CLOSED: dict[str, str] = {
    "gender": """male female m f man woman men women boy girl non-binary nonbinary non_binary nb other diverse transgender trans
    genderqueer agender
        genderfluid intersex cisgender two-spirit bigender männlich weiblich divers mann frau w d homme femme masculin féminin h
        masculino femenino
        hombre mujer varón hembra maschio femmina uomo donna maschile femminile feminino masculino homem mulher man vrouw mannelijk
        vrouwelijk v
        onzijdig kvinna kvinde kvinne mand manlig kvinnlig mies nainen muu mężczyzna kobieta męska żeńska muž žena mužské ženské muz
        zena férfi nő
        fiú lány masculin feminin bărbat femeie erkek kadın mees naine vīrietis sieviete vyras moteris muško žensko moški ženska άνδρας
        γυναίκα
        муж жен мужской женский мужчина женщина м ж чоловік жінка чоловіча жіноча 男 女 男性 女性 その他 남 여 남성 여성 남자 여자
        ذكر أنثى
        decline_to_say prefer_not_to_say mr mrs ms muški ženski karl kona karlkyn kvenkyn muut annat andere autre otro altro outro""",
    "religion": """catholic roman_catholic protestant christian christianity muslim islam jewish judaism hindu hinduism buddhist
    buddhism sikh sikhism
        atheist agnostic none orthodox eastern_orthodox lutheran baptist methodist evangelical presbyterian anglican pentecostal mormon
        quaker
        jehovah's_witness jain jainism bahai bahá'í taoist taoism shinto shintoism zoroastrian pagan wicca secular no_religion
        other_religion other
        humanist spiritual sunni shia confucianism rastafari scientology unitarian adventist seventh-day_adventist mennonite amish
        katholisch römisch-katholisch evangelisch protestantisch muslimisch islamisch jüdisch buddhistisch hinduistisch konfessionslos
        orthodox
        freikirchlich atheistisch alevitisch catholique protestant musulman juif bouddhiste hindou athée orthodoxe sans_religion
        católico católica
        protestante musulmán musulmana judío judía budista hindú ateo atea agnóstico cristiano cristiana evangélico evangélica
        testigo_de_jehová
        cattolico cattolica musulmano musulmana ebreo ebrea buddista induista ortodosso muçulmano muçulmana judeu judaico espírita
        umbanda candomblé
        ateu hinduísta katholiek protestants moslim joods boeddhist hindoe geen atheïst gereformeerd hervormd katolik protestantisk
        katolsk muslimsk
        judisk jødisk buddhistisk kristen ateist muslimi luterilainen ortodoksi katolinen juutalainen katolicyzm katolickie prawosławie
        prawosławne
        protestantyzm judaizm buddyzm ateizm bez_wyznania rzymskokatolickie římskokatolické katolické evangelické bez_vyznání
        pravoslavné husitské
        judaismus islám buddhismus katolikus református evangélikus görögkatolikus zsidó ateista ortodox romano-catolic musulman
        greco-catolic
        reformat islam müslüman hristiyan yahudi ateist musevi budist luterlane õigeusk usuvaba luterānis pareizticīgs katalikas
        stačiatikis
        katoličanstvo pravoslavlje ορθόδοξος χριστιανός μουσουλμάνος христианство православие ислам буддизм иудаизм атеизм католицизм
        мусульманин
        православный християнство православ'я 仏教 神道 キリスト教 佛教 基督教 伊斯兰教 道教 无 불교 개신교 천주교 무교 مسلم مسيحي""",
    "ethnicity": """white black asian hispanic latino latina latinx african_american black_or_african_american hispanic_or_latino
        not_hispanic_or_latino
        native_american american_indian american_indian_or_alaska_native alaska_native native_hawaiian pacific_islander caucasian
        multiracial
        native_hawaiian_or_other_pacific_islander two_or_more_races mixed mixed_race biracial indigenous aboriginal first_nations métis
        inuit maori
        māori pasifika middle_eastern arab arabic south_asian east_asian southeast_asian indian pakistani bangladeshi chinese african
        caribbean
        black_african black_caribbean black_british white_british white_irish white_other asian_british mixed_white_and_asian gypsy
        irish_traveller roma romani jewish kurdish persian turkish slavic han berber tamil punjabi bengali sinhalese malay zulu xhosa
        yoruba igbo
        hausa weiß schwarz asiatisch arabisch afrikanisch europäisch europäer kaukasisch blanc noir asiatique arabe métis maghrébin
        blanco negro
        mestizo mulato indígena asiático afrodescendiente afroamericano latino gitano caucásico bianco nero asiatico africano
        latino-americano branco
        preto pardo amarelo indígena negro wit zwart aziatisch latijns-amerikaans kaukasisch vit svart asiatisk afrikansk
        latinamerikansk samisk
        hvid sort hvit valkoinen musta aasialainen saamelainen biała czarna azjatycka kaukaska romska bílá černá asijská romská
        slovanská fehér
        fekete ázsiai roma alb negru asiatic rom beyaz siyah asyalı türk kürt arap çerkes laz русский татарин украинец башкир чуваш
        чеченец армянин
        汉族 壮族 回族 满族 维吾尔族 苗族 彝族 土家族 藏族 蒙古族 han_chinese""",
    "marital_status": """single married divorced widowed separated unmarried never_married engaged civil_partnership
    domestic_partnership cohabiting
        partnered married_filing_jointly widow widower civil_union ledig verheiratet geschieden verwitwet getrennt getrennt_lebend
        eingetragene_lebenspartnerschaft célibataire marié mariée divorcé divorcée veuf veuve pacsé pacsée séparé soltero soltera
        casado casada
        divorciado divorciada viudo viuda separado separada unión_libre pareja_de_hecho celibe nubile coniugato coniugata sposato
        sposata divorziato
        divorziata vedovo vedova separato solteiro solteira viúvo viúva união_estável desquitado ongehuwd gehuwd gescheiden weduwe
        weduwnaar
        samenwonend geregistreerd_partnerschap ogift gift skild frånskild änka änkling sambo ugift skilt enke enkemann separert
        fraskilt enkemand
        naimaton naimisissa eronnut leski avoliitossa kawaler panna żonaty zamężna rozwiedziony rozwiedziona wdowiec wdowa wolny
        svobodný svobodná
        ženatý vdaná rozvedený rozvedená vdovec vdova slobodný slobodná nőtlen hajadon házas elvált özvegy necăsătorit necăsătorită
        căsătorit
        căsătorită divorțat divorțată văduv văduvă bekar evli boşanmış dul vallaline abielus lahutatud lesk neprecējies precējies
        šķīries atraitnis
        nevedęs vedęs išsiskyręs našlys neoženjen oženjen udana razveden samski poročen ločen άγαμος έγγαμος διαζευγμένος χήρος холост
        женат замужем
        разведен разведена вдовец вдова не_замужем одружений неодружений розлучений 未婚 既婚 離婚 死別 已婚 离异 丧偶 미혼 기혼 이혼""",
    "education": """high_school high_school_diploma ged some_college associate associate_degree associate's bachelor bachelors bachelor's
        bachelor's_degree bachelor_degree master masters master's master's_degree doctorate doctoral doctor phd ph.d. mba
        professional_degree
        undergraduate graduate postgraduate primary secondary tertiary vocational elementary middle_school less_than_high_school
        college university
        trade_school hs-grad hs_diploma some_high_school bs ba ms ma bsc msc abitur fachabitur hauptschule hauptschulabschluss
        realschule realschulabschluss
        mittlere_reife fachhochschulreife hochschulabschluss promotion diplom staatsexamen ausbildung lehre baccalauréat bac licence
        maîtrise doctorat
        bac+2 bac+3 bac+5 bts dut cap bep brevet bachillerato eso licenciatura grado máster doctorado primaria secundaria
        formación_profesional
        universitario diploma laurea laurea_magistrale laurea_triennale licenza_media dottorato scuola_superiore ensino_médio
        ensino_fundamental
        ensino_superior graduação mestrado doutorado pós-graduação licenciatura vmbo havo vwo mbo hbo wo gymnasium grundskola gymnasium
        högskola kandidat magister doktor kandidatexamen grunnskole videregående høyskole universitet folkeskole ylioppilas
        peruskoulu lukio
        ammattikoulu alempi_korkeakoulu kandidaatti maisteri tohtori podstawowe średnie wyższe zawodowe licencjat inżynier magister
        doktorat
        základní střední vysokoškolské maturita vyučen bakalářské magisterské doktorské általános_iskola középiskola érettségi főiskola
        egyetem
        ilkokul ortaokul lise önlisans lisans yüksek_lisans doktora üniversite põhiharidus keskharidus kõrgharidus среднее высшее
        неоконченное_высшее среднее_специальное бакалавр магистр доктор_наук аспирантура 高卒 大卒 修士 博士 学士 高中 本科 大专 硕士
        博士 초등학교 고등학교
        대학교 석사 박사""",
    "employment_status": """employed unemployed self-employed self_employed retired student full-time part-time full_time part_time
    freelance contractor
        homemaker temporary permanent intern disabled on_leave seasonal casual laid_off military furloughed looking_for_work
        not_employed
        out_of_work angestellt arbeitslos selbstständig selbständig rentner im_ruhestand student vollzeit teilzeit minijob beamter
        auszubildender
        azubi hausfrau befristet unbefristet freiberuflich elternzeit salarié employé chômeur indépendant retraité étudiant temps_plein
        temps_partiel cdi cdd intérimaire sans_emploi fonctionnaire alternance apprenti empleado desempleado autónomo jubilado
        estudiante
        tiempo_completo tiempo_parcial jornada_completa indefinido temporal parado funcionario occupato disoccupato autonomo pensionato
        studente
        tempo_pieno tempo_parziale tempo_indeterminato tempo_determinato casalinga dipendente empregado desempregado autônomo
        aposentado estudante
        clt pj tempo_integral werkend werkloos zelfstandig gepensioneerd voltijd deeltijd zzp vast tijdelijk anställd arbetslös
        egenföretagare
        pensionär heltid deltid tillsvidare ansatt arbeidsledig selvstendig pensjonist ansat ledig selvstændig pensionist työssä työtön
        yrittäjä
        eläkeläinen opiskelija kokoaikainen osa-aikainen zatrudniony bezrobotny emeryt pełny_etat umowa_o_pracę umowa_zlecenie
        zaměstnaný
        nezaměstnaný osvč důchodce alkalmazott munkanélküli vállalkozó nyugdíjas angajat șomer pensionar çalışıyor işsiz emekli öğrenci
        serbest
        работает безработный пенсионер студент самозанятый 正社員 派遣社員 契約社員
        パート アルバイト 在职 失业 退休 자영업 정규직 계약직""",
    "sexuality": """heterosexual homosexual bisexual straight gay lesbian asexual pansexual queer questioning demisexual heterosexuell
    homosexuell
        bisexuell schwul lesbisch asexuell hétérosexuel homosexuel bisexuel heterosexuales lesbiana bisexuale eterosessuale omosessuale
        bisessuale
        heteroseksueel homoseksueel biseksueel heteroseksuell homofil heteroseksualny homoseksualny biseksualny heterosexuální
        homosexuální
        bisexuální heteroszexuális homoszexuális heteroseksüel eşcinsel biseksüel гетеросексуал гомосексуал бисексуал heterosexuelle
        asexuado polysexual
        heteroseksuaali homoseksuaali biseksuaali""",
    "political_view": """democrat republican independent libertarian green conservative liberal progressive moderate socialist
    communist centrist
        democratic labour labor tory lib_dem ukip snp left right far_left far_right left-wing right-wing apolitical centre-left
        centre-right
        nationalist anarchist cdu csu spd fdp afd linke die_linke grüne bündnis_90/die_grünen konservativ sozialdemokratisch rechts
        links ps lr
        rn lfi eelv modem reconquête renaissance psoe pp vox podemos sumar ciudadanos pd lega m5s forza_italia fratelli_d'italia pt
        psdb mdb pl psol
        vvd d66 pvv cda groenlinks pvda socialdemokraterna moderaterna sverigedemokraterna høyre arbeiderpartiet venstre kokoomus sdp
        keskusta pis po
        lewica konfederacja ano ods fidesz mszp tisza psd pnl usr akp chp mhp iyi_parti hdp единая_россия кпрф лдпр 自民党 立憲民主党
        중국공산당 群众
        团员
        中共党员 共青团员""",
    "weekday": """monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun montag dienstag mittwoch
    donnerstag freitag
        samstag sonntag lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes sábado domingo lunedì
        martedì
        mercoledì giovedì venerdì sabato domenica january february march april may june july august september october november december
        spring
        summer autumn winter""",
    "colour": """red green blue yellow black white grey gray brown orange purple pink violet olive rose amber jade ruby hazel scarlet
    navy teal ivory
        coral crimson indigo beige magenta cyan turquoise maroon gold silver bronze lime mint peach plum lavender khaki tan cream
        charcoal
        rot grün blau gelb schwarz weiß grau braun lila rosa türkis silber rouge vert bleu jaune noir blanc gris brun rojo verde azul
        amarillo
        negro blanco gris marrón naranja morado nero bianco giallo grigio marrone viola arancione vermelho preto branco cinza roxo rood
        groen blauw
        geel zwart wit grijs bruin paars röd grön blå gul svart vit grå czerwony zielony niebieski żółty czarny biały szary červená
        zelená modrá
        piros zöld kék sárga fekete fehér""",
}
"""Values of columns that hold few different ones, by label; the last two stand for no personal data at all."""


@cache
def closed(label: str) -> frozenset[str]:
    """The folded values of a label of `CLOSED`, blanks in place of underscores."""
    return frozenset(fold(word.replace("_", " ")) for word in CLOSED[label].split())
