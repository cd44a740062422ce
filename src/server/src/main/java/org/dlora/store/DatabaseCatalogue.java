package org.dlora.store;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.dlora.catalogue.versions.AdapterRecord;
import org.dlora.catalogue.versions.CatalogueContent;
import org.dlora.catalogue.versions.CatalogueStore;
import org.dlora.catalogue.versions.CatalogueUnavailableException;
import org.dlora.catalogue.versions.KeptFolders;
import org.dlora.cluster.facts.StoreUnavailableException;
import org.springframework.dao.DataIntegrityViolationException;

/** The catalogue of one base model in the database. */
public final class DatabaseCatalogue implements CatalogueStore {
    /** Longest wait for a database that is being opened for the first time. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Database database;
    private final String base;

    /**
     * @param base content hash of the base model's weights
     */
    public DatabaseCatalogue(Database database, String base) {
        this.database = database;
        this.base = base;
    }

    @Override
    public CatalogueContent read() {
        return with(tables -> tables.read(base));
    }

    @Override
    public Optional<KeptFolders> folders() {
        var folders = with(CatalogueTables::folders);
        return database.id().map(id -> new KeptFolders(id, folders));
    }

    @Override
    public void write(AdapterRecord adapter) {
        var _ =
                with(tables -> {
                    tables.write(base, adapter);
                    return true;
                });
    }

    @Override
    public void replace(Optional<AdapterRecord> before, AdapterRecord adapter) {
        if (!database.isShared()) {
            write(adapter);
            return;
        }
        var _ =
                with(tables -> {
                    tables.replace(base, before, adapter);
                    return true;
                });
    }

    @Override
    public long revision() {
        return database.isShared() ? with(tables -> tables.revision(base)) : 0;
    }

    @Override
    public void delete(AdapterRecord known) {
        var _ =
                with(tables -> {
                    tables.delete(base, known, database.isShared());
                    return true;
                });
    }

    @Override
    public void writeShares(Map<String, Double> before, Map<String, Double> after) {
        var _ =
                with(tables -> {
                    tables.writeShares(base, before, after, database.isShared());
                    return true;
                });
    }

    private <T> T with(Function<CatalogueTables, T> work) {
        try {
            database.awaitOpened(PATIENCE);
            try {
                return database.with(CatalogueTables.class, work);
            } catch (DataIntegrityViolationException _) {
                // Two servers have counted the first change at once.
                return database.with(CatalogueTables.class, work);
            }
        } catch (StoreUnavailableException e) {
            throw new CatalogueUnavailableException(String.valueOf(e.getMessage()), e);
        }
    }
}
