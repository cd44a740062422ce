package org.dlora.store;

import java.util.Optional;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Modifying;
import org.springframework.data.jpa.repository.Query;

interface ChangeRows extends JpaRepository<ChangeRow, String> {
    /** Counts a change; other servers' changes wait until this one has been committed. */
    @Modifying
    @Query("update ChangeRow c set c.number = c.number + 1 where c.base = :base")
    int count(String base);

    @Query("select c.number from ChangeRow c where c.base = :base")
    Optional<Long> number(String base);
}
