package org.dlora.store;

import java.util.List;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Query;

/** Repository of the catalogue's adapters. */
interface AdapterRows extends JpaRepository<AdapterRow, AdapterRow.Key> {
    @Query("select distinct v.folder from AdapterRow a join a.versions v where v.retired is null")
    List<String> foldersOfServable();

    List<AdapterRow> findByKeyBaseOrderByCreatedAtAscKeyNameAsc(String base);
}
