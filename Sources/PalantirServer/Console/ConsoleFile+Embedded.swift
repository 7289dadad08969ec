extension ConsoleFile {
    /// What the folder `Files` holds, as the build embeds it.
    static let embedded: [String: (bytes: [UInt8], kind: Kind)] = [
        "api.js": (PackageResources.api_js, .script),
        "charts.js": (PackageResources.charts_js, .script),
        "deployment.js": (PackageResources.deployment_js, .script),
        "dom.js": (PackageResources.dom_js, .script),
        "fit.js": (PackageResources.fit_js, .script),
        "health.js": (PackageResources.health_js, .script),
        "history.js": (PackageResources.history_js, .script),
        "i18n.js": (PackageResources.i18n_js, .script),
        "icon.svg": (PackageResources.icon_svg, .image),
        "index.html": (PackageResources.index_html, .html),
        "key.js": (PackageResources.key_js, .script),
        "layout.css": (PackageResources.layout_css, .style),
        "live.js": (PackageResources.live_js, .script),
        "main.js": (PackageResources.main_js, .script),
        "model.js": (PackageResources.model_js, .script),
        "models.js": (PackageResources.models_js, .script),
        "parts.css": (PackageResources.parts_css, .style),
        "parts.js": (PackageResources.parts_js, .script),
        "session.js": (PackageResources.session_js, .script),
        "signature.js": (PackageResources.signature_js, .script),
        "snippets.js": (PackageResources.snippets_js, .script),
        "theme.css": (PackageResources.theme_css, .style),
        "tryit.js": (PackageResources.tryit_js, .script),
        "words.js": (PackageResources.words_js, .script),
    ]
}
