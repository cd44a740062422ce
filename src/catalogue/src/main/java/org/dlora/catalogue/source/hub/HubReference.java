package org.dlora.catalogue.source.hub;

import java.util.Arrays;
import java.util.regex.Pattern;
import org.dlora.catalogue.source.fetch.Quotes;
import org.dlora.catalogue.source.fetch.SourceException;

/**
 * A repository on the hub at a revision, written {@code hf:org/name@revision}.
 *
 * @param repository {@code org/name}; old ones are {@code name} alone
 * @param revision a branch, a tag or a commit; {@code main} if none is given
 */
public record HubReference(String repository, String revision) {
    public static final String PREFIX = "hf:";

    private static final String MAIN = "main";
    private static final int MOST = 96;
    private static final Pattern REPOSITORY =
            Pattern.compile("(?:[A-Za-z0-9][A-Za-z0-9._-]*/)?[A-Za-z0-9_][A-Za-z0-9._-]*");
    private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._/+-]{0,254}");
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

    /** Returns whether {@code text} is meant as a reference to the hub. */
    public static boolean isOne(String text) {
        return text.startsWith(PREFIX);
    }

    /**
     * Reads {@code hf:org/name} or {@code hf:org/name@revision}.
     *
     * @throws SourceException if {@code text} is neither
     */
    public static HubReference parse(String text) {
        int at = text.indexOf('@');
        var repository = text.substring(PREFIX.length(), at < 0 ? text.length() : at);
        var revision = at < 0 ? MAIN : text.substring(at + 1);
        if (!isRepository(repository) || !isRevision(revision)) {
            throw SourceException.refused(
                    "%s names no repository of the hub; expected hf:org/name or hf:org/name@revision with letters, digits, '.', '-' and '_'"
                            .formatted(Quotes.of(text)));
        }
        return new HubReference(repository, revision);
    }

    private static boolean isRepository(String text) {
        // As the hub has it: "--" separates the parts in the names of the cache's folders.
        return text.length() <= MOST
                && REPOSITORY.matcher(text).matches()
                && !text.contains("--")
                && !text.contains("..");
    }

    private static boolean isRevision(String text) {
        return REVISION.matcher(text).matches()
                && Arrays.stream(text.split("/", -1))
                        .noneMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."));
    }

    static boolean isCommit(String text) {
        return COMMIT.matcher(text).matches();
    }

    /** Returns the same repository at {@code commit}. */
    HubReference at(String commit) {
        return new HubReference(repository, commit);
    }

    @Override
    public String toString() {
        return PREFIX + repository + (revision.equals(MAIN) ? "" : "@" + revision);
    }
}
