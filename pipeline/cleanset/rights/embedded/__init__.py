"""Embedded metadata: what an image file itself says about its rights and its origin.

A container is cut into raw packets (``segments``), each packet is read by its kind (``exif``, ``iptc``, ``xmp``,
``pngtext``), and ``scan`` puts the evidence together. ``c2pa`` reads manifests where the extra is installed,
``secondhand`` what reached us outside the image, ``origin`` tells generated pictures. Nothing here judges rights.

    scan = scan_image(image)
    evidence = [*scan.evidence, *read_manifest(image, scan)]

Every (layer, locator) that can be emitted:

=========  ====================================  =====================================================================
layer      locator                               value
=========  ====================================  =====================================================================
any        parse-error                           what was there and could not be read; counts against the image
exif       Copyright                             notice; photographer's and editor's are two rows
exif       Artist, XPAuthor, CameraOwnerName,    creator, or who holds the camera
           Photographer, ImageEditor
exif       XPTitle, ImageTitle                   title
exif       ImageDescription, XPComment,          free text; only where its words are about rights, or it is a
           UserComment                           generator's parameters
exif       Software, Make, Model                 only where it names a picture generator, or holds its parameters
iptc       CopyrightNotice                       notice
iptc       By-line, By-lineTitle, Credit,        creator, job title, credit line, source, contact
           Source, Contact
iptc       SpecialInstructions                   terms in words
iptc       ObjectName                            title
iptc       Caption-Abstract                      as exif ImageDescription
iptc       OriginatingProgram                    as exif Software
iptc       Photoshop:CopyrightFlag               "True": the author marked the work as copyrighted
iptc       Photoshop:URL                         URL of the copyright owner
xmp        dc:rights, tiff:Copyright,            notice or license in words
           xmpDM:copyright, dcterms:rights,
           xmpRights:Copyright,
           Iptc4xmpCore:CopyrightNotice
xmp        xmpRights:Marked                      True, or False, which alone is no evidence of the public domain
xmp        xmpRights:WebStatement, cc:license,   URL of a license or of a rights statement
           dcterms:license, cc:legalcode,
           cc:morePermissions,
           xmpRights:Certificate
xmp        xmpRights:UsageTerms,                 terms in words
           photoshop:Instructions,
           cc:useGuidelines,
           dcterms:accessRights,
           Iptc4xmpCore:RightsUsageTerms
xmp        xmpRights:Owner, dcterms:rightsHolder owner
xmp        dc:creator, tiff:Artist,              creator
           dcterms:creator, dc:contributor,
           dc:publisher
xmp        cc:attributionName,                   whom and what to credit
           cc:attributionURL
xmp        photoshop:Credit, photoshop:Source,   credit line, source, job title
           photoshop:AuthorsPosition, dc:source
xmp        dc:title                              title, each language a row
xmp        plus:DataMining                       URI or bare key, nine values; an unknown DMI-… is a prohibition
xmp        plus:OtherConstraints                 terms that plus:DataMining refers to
xmp        plus:LicensorURL, plus:LicensorName,  a licensor: the work is sold
           plus:Licensor…
xmp        plus:CopyrightOwnerName,              named owner, named creator
           plus:ImageCreatorName, …
xmp        plus:…                                every other property and field of PLUS
xmp        Iptc4xmpExt:DigitalSourceType         URI or bare id; see ``origin``
xmp        Iptc4xmpExt:AISystemUsed,             how a model was used
           AISystemVersionUsed,
           AIPromptInformation,
           AIPromptWriterName
xmp        Iptc4xmpExt:EncRightsExpr,            machine-readable terms in the file, or where they are
           RightsExprEncType,
           RightsExprLangId, LinkedRightsExpr
xmp        Iptc4xmpExt:AOCopyrightNotice,        rights in a work that the picture shows
           AOCreator, AOSource,
           AOCurrentCopyrightOwnerName
xmp        Iptc4xmpCore:CiUrlWork, CiEmailWork   contact of the creator
xmp        tdm:reservation, tdm:policy           "1" reserves text and data mining; URL of the terms
xmp        dcterms:provenance                    URL of a C2PA manifest kept elsewhere, which nobody fetched
xmp        dc:description, exif:UserComment,     as exif ImageDescription
           tiff:ImageDescription
xmp        xmp:CreatorTool, tiff:Software        as exif Software
sidecar    as xmp                                from a file beside the image
column     exif:Image Copyright, …               as exif, second-hand: ``exif:`` and ExifRead's name of the tag
png-text   Copyright, Author, Title, Source,     what the keyword says; other spellings of case fold into these
           Disclaimer
png-text   any keyword about rights              the keyword as found, for instance License, dc:rights, exif:Copyright
png-text   Description, Comment, Warning,        as exif ImageDescription
           UserComment
png-text   Software                              as exif Software
png-text   parameters, prompt, workflow, Dream,  what a generator wrote; ``origin`` decides whether it is that
           invokeai_metadata, …
comment    Comment                               JPEG or GIF comment, as exif ImageDescription
c2pa       manifest                              "present", from the scanner; without validation-state: not read
c2pa       validation-state                      Valid, Trusted or Invalid
c2pa       c2pa.training-mining/ENTRY,           allowed, notAllowed, constrained, or "constrained: TERMS"
           cawg.training-mining/ENTRY
c2pa       c2pa.actions/digitalSourceType        URI; see ``origin``
c2pa       c2pa.actions/softwareAgent,           program
           claim-generator
c2pa       signature-issuer                      who signed
c2pa       cawg.identity/name                    whom an identity provider vouches for
c2pa       stds.schema-org.CreativeWork/…        author, copyrightNotice, license, usageInfo, creditText, …
c2pa       ingredient:…                          the same, said of a picture that went into this one
=========  ====================================  =====================================================================

Placeholders ("x-default", camera makers, empty fields) are no evidence. ICC profiles are never looked at, nor PNG
keywords that begin ``icc:``: their copyright is the profile's.
"""
