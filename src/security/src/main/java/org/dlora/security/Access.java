package org.dlora.security;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.dlora.security.limits.Limited;
import org.jspecify.annotations.Nullable;

/**
 * Rights of one call: those of its key and its team, or all where there are no keys.
 *
 * @param key null without a key
 * @param team null if the key has none
 * @param ended end of the key
 */
public record Access(@Nullable KeyView key, @Nullable Team team, Ending ended) {
    /** Name of the call's attribute, and of its entry in Reactor's context. */
    public static final String NAME = Access.class.getName();

    /** May do everything, as there are no keys. */
    public static final Access OPEN = new Access(null, null, Ending.NEVER);

    /**
     * The parts of a key that decide.
     *
     * @param id for the history and the audit
     */
    public record KeyView(String id, KeySettings settings) {
        Set<Scope> scopes() {
            return settings.scopes();
        }

        AdapterPatterns adapters() {
            return settings.adapters();
        }
    }

    /**
     * Returns the access of a user of the console, whose id among keys is {@code id}.
     *
     * @param ended end of the session
     */
    public static Access ofUser(String id, String name, Set<Scope> scopes, Ending ended) {
        var settings = new KeySettings(name, null, scopes, AdapterPatterns.ALL, null);
        return new Access(new KeyView(id, settings), null, ended);
    }

    /** Returns whether an id is one of a user, as {@code user:ann}, and not of a key. */
    public static boolean isUser(String id) {
        return id.indexOf(':') >= 0;
    }

    /**
     * Returns the access that a filter has put into an attribute, also where there are no keys.
     *
     * @throws IllegalStateException if there is none: a filter has lost it, or the path is one that
     *     needs no key and must not ask
     */
    public static Access of(@Nullable Object attribute) {
        return find(attribute)
                .orElseThrow(() ->
                        new IllegalStateException(
                                "The call has no access: expected an attribute of Spring Security's filters, found "
                                        + attribute));
    }

    /** Returns the access of a call as {@link #of} does; empty if there is none. */
    public static Optional<Access> find(@Nullable Object attribute) {
        return attribute instanceof Access access ? Optional.of(access) : Optional.empty();
    }

    /** Returns whether the call has a key, which no page of a stranger can send. */
    public boolean hasKey() {
        return key != null;
    }

    /** Returns whether the call may do what {@code scope} is for. */
    public boolean has(Scope scope) {
        return key == null || key.scopes().contains(Scope.ADMIN) || key.scopes().contains(scope);
    }

    private boolean isAdmin() {
        return has(Scope.ADMIN);
    }

    /** Returns whether the call may use an adapter, and know of it. */
    public boolean mayUse(String adapter) {
        return key == null
                || isAdmin()
                || (key.adapters().allows(adapter) && (team == null || team.mayUse(adapter)));
    }

    /** Returns whether the call may load, change and unload an adapter. */
    public boolean mayChange(String adapter) {
        if (key == null || isAdmin()) {
            return true;
        }
        return has(Scope.ADAPTERS)
                && key.adapters().allows(adapter)
                && (team == null || team.owns().allows(adapter));
    }

    /**
     * Checks that the call may change an adapter that it may know of.
     *
     * @throws AccessRefusedException if it must not
     */
    public void requireChange(String adapter) {
        if (!mayChange(adapter)) {
            throw AccessRefusedException.forbidden(
                    "The key %s may not change this adapter: its team does not own the name, or the key is for others. GET /v1/me shows the patterns."
                            .formatted(keyId().orElse("")));
        }
    }

    /**
     * Returns whether the call may see what an adapter's owner has written and where its files came
     * from: it may change the adapter, or a user of the console makes it, whose role reads all.
     * Others see names and states alone.
     */
    public boolean mayInspect(String adapter) {
        return mayChange(adapter) || (key != null && isUser(key.id()));
    }

    /** Returns whether the call is limited to some adapters. */
    public boolean isLimited() {
        return key != null
                && !isAdmin()
                && (team != null || !key.adapters().equals(AdapterPatterns.ALL));
    }

    /**
     * Checks that the call may load a folder of the server. One that is limited to some adapters
     * loads only folders that have a name of its own below a root, such as {@code red/v2} with
     * {@code red/*}: a folder of others would give away their weights.
     *
     * @throws AccessRefusedException if it must not
     */
    public void requireFolder(String path) {
        // One spelling only, as the name decides. An absolute path has an empty first part.
        boolean isPlain =
                Arrays.stream(path.split("/", -1))
                        .noneMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."));
        if (isLimited() && !(isPlain && mayChange(path))) {
            throw AccessRefusedException.forbidden(
                    "The key %s may load folders only by their path below a root, if its team owns that as a name. GET /v1/me shows the patterns."
                            .formatted(keyId().orElse("")));
        }
    }

    /**
     * Checks that the call has one of the scopes.
     *
     * @throws AccessRefusedException if the key lacks them
     */
    public void require(Set<Scope> scopes) {
        if (key != null && scopes.stream().noneMatch(this::has)) {
            throw AccessRefusedException.forbidden(
                    "The key %s lacks the scope %s, which this call needs; it has %s."
                            .formatted(key.id(), words(scopes, " or "), words(key.scopes(), ", ")));
        }
    }

    private static String words(Set<Scope> scopes, String between) {
        return scopes.stream()
                .sorted()
                .map(scope -> "'" + scope.label() + "'")
                .collect(Collectors.joining(between));
    }

    /** Returns the id of the key; empty without one. */
    public Optional<String> keyId() {
        return Optional.ofNullable(key).map(KeyView::id);
    }

    /** Returns the name of the team; empty if there is none. */
    public Optional<String> teamName() {
        return Optional.ofNullable(team).map(Team::name);
    }

    /**
     * Returns whose limits hold for the call: its key, then the key's team. There are none without
     * keys, for the key of the settings, and for users of the console.
     */
    public List<Limited> limited() {
        if (key == null || key.id().equals(KeyRing.ADMIN_KEY) || isUser(key.id())) {
            return List.of();
        }
        var own = new Limited(Limited.Kind.KEY, key.id(), key.settings().limits());
        return team == null ? List.of(own) : List.of(own, team.limited());
    }

    /** Returns the id of the key in the name of an {@link #actor}, or the name of one without. */
    public static String keyOf(String actor) {
        int end = actor.indexOf(' ');
        return end < 0 ? actor : actor.substring(0, end);
    }

    /** Returns the caller, for the audit and the log: the key and its team, else the host. */
    public String actor(String host) {
        if (key == null) {
            return host;
        }
        return team == null ? key.id() : key.id() + " (team " + team.name() + ")";
    }
}
