package org.dlora.api.pools;

import java.util.List;

/** The pools of the server, one for each kind of work, so that none waits for another kind. */
public final class WorkPools implements AutoCloseable {
    private final WorkPool bodies;
    private final WorkPool compilation;
    private final WorkPool catalogue;
    private final WorkPool store;

    public WorkPools(PoolsSettings settings) {
        bodies = new WorkPool("bodies", settings.bodies(), true);
        compilation = new WorkPool("compilation", settings.compilation(), true);
        // Changes and queries must not be interrupted: that closes files of the database.
        catalogue = new WorkPool("catalogue", settings.catalogue(), false);
        store = new WorkPool("store", settings.store(), false);
    }

    /** Returns the pool that reads bodies of completions: JSON, chat templates, tokens. */
    public WorkPool bodies() {
        return bodies;
    }

    /** Returns the pool that compiles constraints. */
    public WorkPool compilation() {
        return compilation;
    }

    /** Returns the pool of changes of adapters and other administration, gates among them. */
    public WorkPool catalogue() {
        return catalogue;
    }

    /** Returns the pool that reads the history. */
    public WorkPool store() {
        return store;
    }

    /** Lists all pools. */
    List<WorkPool> all() {
        return List.of(bodies, compilation, catalogue, store);
    }

    /** Lists the names of the pools that refuse calls now. */
    public List<String> refusing() {
        return all().stream().filter(WorkPool::isRefusing).map(WorkPool::name).toList();
    }

    @Override
    public void close() {
        all().forEach(WorkPool::close);
    }
}
