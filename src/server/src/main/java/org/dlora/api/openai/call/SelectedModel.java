package org.dlora.api.openai.call;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.dlora.api.web.HeaderText;
import org.dlora.catalogue.served.Target;
import org.dlora.catalogue.served.VersionChoice;
import org.dlora.catalogue.versions.ParameterDefaults;
import org.dlora.catalogue.versions.VersionDefaults;
import org.dlora.model.AdapterFormat;
import org.dlora.model.ChatFormat;
import org.dlora.model.GenerationDefaults;
import org.dlora.scheduling.AdapterRef;
import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;

/**
 * The model that one call gets: the base, or a version of an adapter with its chat template and
 * defaults.
 *
 * @param access what the call may do
 * @param choice null for the base model
 */
public record SelectedModel(ServedModel served, Access access, @Nullable VersionChoice choice) {
    /** Header of answers that names the adapter's version. */
    public static final String HEADER = "X-DLoRA-Adapter";

    /** Returns the adapter by its name, or the base model. */
    AdapterRef adapter() {
        return choice == null ? AdapterRef.base() : new Target.Adapted(choice.served()).adapter();
    }

    /** Returns the version that answers once more, unseen by the client. */
    public Optional<SelectedModel> shadow() {
        return Optional.ofNullable(choice)
                .flatMap(VersionChoice::shadow)
                .map(shadow -> new SelectedModel(served, access, shadow));
    }

    private AdapterFormat format() {
        return choice == null ? AdapterFormat.NONE : choice.served().source().format();
    }

    private VersionDefaults defaults() {
        return choice == null ? VersionDefaults.NONE : choice.version().defaults();
    }

    /** Returns the format of conversations; empty if neither adapter nor base has one. */
    public Optional<ChatFormat> chat() {
        return format().chat().or(served::chat);
    }

    /** Returns messages of a chat, after the adapter's system prompt if they have none. */
    public List<Map<String, Object>> messages(List<Map<String, Object>> given) {
        return defaults().messages(given);
    }

    /** Returns the parameters that hold where the request gives none. */
    public ParameterDefaults parameters() {
        var folder =
                served.folderDefaults()
                        ? parameters(format().generation())
                        : ParameterDefaults.NONE;
        return defaults().parameters().over(folder).over(parameters(served.defaults()));
    }

    private static ParameterDefaults parameters(GenerationDefaults model) {
        var none = ParameterDefaults.NONE;
        return new ParameterDefaults(
                model.temperature(),
                model.topP(),
                model.topK(),
                model.minP(),
                none.presencePenalty(),
                none.frequencyPenalty(),
                model.repetitionPenalty(),
                none.maxTokens());
    }

    /** Returns tokens that end an answer, beside those of the base model. */
    Set<Integer> endTokens() {
        return format().generation().endTokens();
    }

    /**
     * Returns the value of the header {@value #HEADER}: name, version and hash. Characters of the
     * name that a header cannot hold are percent-encoded. Empty for the base model, and while the
     * adapter's content has not been validated.
     */
    public Optional<String> label() {
        return Optional.ofNullable(choice)
                .flatMap(served.models().catalogue()::label)
                .map(HeaderText::encode);
    }
}
