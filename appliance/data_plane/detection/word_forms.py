"""Small closed lists of words: streets, firms, titles, particles, and the little words of sentences."""

from __future__ import annotations

from appliance.data_plane.detection.folding import fold

STREETS = frozenset(
    fold(
        """street st road rd avenue ave av boulevard blvd lane ln drive dr court ct place pl square sq terrace ter way parkway pkwy
        highway hwy
    circle cir trail trl crescent close grove mews gardens walk row alley plaza plz turnpike pike loop ridge run path bypass causeway
    quay
    straße strasse str weg platz allee gasse ring damm ufer chaussee stieg steig markt promenade graben hof
    rue avenue boulevard chemin place impasse allée route quai cours passage sentier voie faubourg
    calle c/ cl avenida avda av paseo plaza carrera cra camino ronda rambla travesía urbanización callejón glorieta pasaje cuesta vial
    carretera
    via viale piazza corso vicolo largo strada contrada borgo piazzale lungomare rotonda canale incrocio stretto salita
    rua avenida travessa largo praça alameda rodovia estrada praceta beco viela quadra residencial setor vila jardim parque esplanada
    straat laan weg plein gracht kade dreef singel hof steeg pad dijk boulevard steenweg baan
    gata gatan vägen väg gränd torg torget stigen allén gade vej allé stræde plads vei veien gate gaten plass svingen
    katu tie kuja polku kaari raitti tori ulica ul aleja al plac pl osiedle os ulice náměstí nám třída nábřeží sídliště cesta námestie
    trieda nábrežie
    utca út tér körút köz sétány fasor krt sor strada str bulevardul bd aleea calea șoseaua intrarea piața
    sokak sk sokağı cadde cad caddesi cd bulvarı bulvar mahallesi mah meydanı tänav puiestee tee maantee iela bulvāris prospekts gatvė
    g prospektas pr
    odos λεωφόρος οδός πλατεία улица ул проспект пр пр-т переулок пер площадь пл бульвар бул шоссе набережная вулиця вул провулок площа
    jalan jl gang
    đường phố lot block quai allee lieu-dit hameau"""
    ).split()
)
STREET_ENDS = tuple(
    fold(
        """straße strasse str. str weg platz allee gasse ring damm ufer chaussee straat laan plein gracht kade singel dreef steeg dijk
        steenweg gatan
    gata vägen väg gränd stigen gade vej stræde veien vei gaten gate plass svingen katu tie kuja polku kaari raitti utca körút stien
    bakken
    allé allee toget vagen leden backen stieg steig pfad hof berg-weg"""
    ).split()
)
FIRMS = frozenset(
    fold(
        """inc incorporated corp corporation llc llp lp ltd limited plc co company pllc pc pty ptyltd pvt pvtltd gmbh mbh ag kg kgaa
        ohg gbr ug ev egen
    eg gmbhcokg gmbhcokgaa agcokg ugco se sa sas sarl sasu eurl snc sci scop sca sl slu sau srl srls spa sapa sasdi ltda eireli mei
    epp me
    sadecv sderl sderldecv sapidecv sc sccl bv nv vof cv bvba sprl srlbe asbl vzw ab hb kb abpubl oy oyj ky tmi as asa ans aps is ks
    da sro
    vos akciovaspolecnost spol spolsro zrt kft bt nyrt rt spzoo spj spk sj doo dd dno jdoo kd ood eood ad ead uab mb sia ou hf ehf ohf
    sti ltdsti
    asti anonimsirketi limitedsirketi ооо оао зао пао ип ао тов зат пп прат пат αε επε οε ικε εε sdnbhd bhd tbk kk pte pteltd ltdco
    coltd company.ltd и партнеры partner group holding"""
    ).split()
)
"""What stands last in a firm's name, without dots and blanks."""
FIRM_HEADS = frozenset(
    fold("ооо оао зао пао ип ао тов тзов пп прат ат pt cv ud firma fa société sociedad società fundação associação фоп чп").split()
)
"""What stands first in one."""
FIRM_WORDS = frozenset(
    fold(
        """group gruppe groupe grupo gruppo holding holdings international industries industry enterprises enterprise partners
        partnership associates
    solutions services systems technologies technology tech consulting consultants software logistics pharma pharmaceuticals
    laboratories labs
    bank banque banco banca sparkasse volksbank raiffeisenbank insurance versicherung versicherungen assurance assurances seguros
    assicurazioni
    university universität universite universidad universita universidade college institute institut institution foundation stiftung
    fondation
    fundación fondazione fundação association verein verband hospital klinik klinikum krankenhaus clinic clinique ospedale school
    schule école
    energy energie motors automotive airlines air railways media entertainment studios pictures records press verlag publishing
    publications
    foods food brewery brauerei winery restaurant hotel hotels resorts stores markets supermarket mart retail trading traders imports
    exports
    construction bau builders engineering werke works manufacturing steel mining oil gas petroleum chemical chemicals electric
    electronics
    communications telecom telekom networks network digital interactive agency agentur advertising marketing capital ventures
    investments
    investment finance financial fund funds securities realty properties immobilien estates security sons brothers bros gebrüder frères
    hijos
    hermanos fratelli filhos irmãos söhne zoon zonen cie compagnie compañía kompagni firma ministry ministerium department council
    agency
    authority society club union federation cooperative coop genossenschaft motor tools foundation trust fabrik fabryka
    przedsiębiorstwo zakład
    spółka rederi bryggeri handels teknik konsult bygg fastigheter företag entreprenad yhtiöt teollisuus kauppa rakennus sanayi ticaret
    turizm
    inşaat gıda otomotiv компания корпорация банк завод фабрика университет институт
    холдинг группа 大学 銀行 银行 病院 医院 会社 대학교 은행 병원"""
    ).split()
)
TITLES = frozenset(
    fold(
        """mr mrs ms miss mx dr prof sir dame lord lady rev hon capt herr frau hr fr dipl ing mag mme mlle m monsieur madame maître sr
        sra srta don doña
    dña d sig sig.ra signor signora dott dott.ssa ing avv rag sr. sra. dra eng dhr mevr mw drs ir pan pani pán paní mgr bc judr mudr
    phdr ing rndr
    úr bay bayan sayın г-н г-жа господин госпожа kpt univ.prof habil doc"""
    ).split()
)
TAILS = frozenset(fold("jr sr ii iii iv v phd md dds dvm esq cpa mba msc bsc ma ba dr rn csc dis mba. dds. jun sen ph.d m.d").split())
PARTICLES = frozenset(
    fold(
        """von van der den de het 't ter ten te vom zu zur zum da das do dos di del della dello dei degli la le las los lo du des d' y
        e i und bin ben ibn
    al el ul abu af av och mac mc o' st san santa"""
    ).split()
)
FUNCTION_WORDS = (
    frozenset(
        fold(
            """via see call the of in at on to for from by not no is was
            with and or but as off out up down this that please next last first new old
        same other any all none ask check wait siehe bitte nicht kein mit ohne
        durch bei nach vor für auf aus zum zur über unter voir sans avec pour
        par dans sur pas selon ver sin con para por según vedi senza con
        secondo com para por zie zonder met voor bij se utan med för vid
        uten til fra katso ilman brak bez dla przy viz bez pro při lásd nélkül vezi fără cu pentru bkz ile için см без для при"""
        ).split()
    )
    - PARTICLES
)
"""Little words that stand in sentences and notes, never in a person's name."""
