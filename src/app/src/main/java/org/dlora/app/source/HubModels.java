package org.dlora.app.source;

import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.dlora.catalogue.source.fetch.HttpFetch;
import org.dlora.catalogue.source.fetch.InternalAddresses;
import org.dlora.catalogue.source.fetch.SourceException;
import org.dlora.catalogue.source.fetch.Transfer;
import org.dlora.catalogue.source.hub.Hub;
import org.dlora.catalogue.source.hub.HubReference;
import org.dlora.catalogue.source.hub.HubSettings;
import org.dlora.engine.opening.StartException;
import org.dlora.engine.opening.UserHome;

/** Base models on the hub, which are served from its cache. */
public final class HubModels implements AutoCloseable {
    /**
     * Names of the files that a model is served from; other files of a repository are formats of
     * other programs.
     */
    private static final Pattern FILES =
            Pattern.compile(
                    "config\\.json|generation_config\\.json"
                            + "|model(-\\d+-of-\\d+)?\\.safetensors|model\\.safetensors\\.index\\.json"
                            + "|tokenizer[A-Za-z0-9._-]*|chat_template[A-Za-z0-9._-]*"
                            + "|special_tokens_map\\.json|added_tokens\\.json|vocab\\.json|merges\\.txt");

    private final HttpFetch http = HttpFetch.ofSystem();
    private final Hub hub;
    private final String setting;

    /**
     * @param setting name of the setting or option that names the model, for errors
     */
    public HubModels(HubSettings settings, String setting) {
        this.setting = setting;
        hub = new Hub(settings, http, InternalAddresses.ofSystem());
    }

    /**
     * Returns the settings that the environment gives.
     *
     * @throws StartException if one is malformed
     */
    public static HubSettings settings() {
        try {
            return HubSettings.of(System::getenv, UserHome.folder());
        } catch (SourceException e) {
            throw new StartException(e.getMessage() + ".");
        }
    }

    /**
     * Fetches what is not in the cache.
     *
     * @param progress is told of bytes
     * @param goOn throws to end the download
     * @return the folder of the model
     * @throws StartException if the model cannot be had
     */
    public Path fetch(HubReference model, Consumer<Transfer> progress, Runnable goOn) {
        var transfer = new Transfer(goOn, progress);
        try {
            var wanted = new Hub.Wanted(FILES.asMatchPredicate(), "config.json", Long.MAX_VALUE);
            return hub.fetch(model, wanted, transfer).folder();
        } catch (SourceException e) {
            throw new StartException(setting + ": " + e.getMessage() + ".");
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
