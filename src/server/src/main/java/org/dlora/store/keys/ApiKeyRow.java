package org.dlora.store.keys;

import jakarta.persistence.AttributeOverride;
import jakarta.persistence.Column;
import jakarta.persistence.Convert;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.dlora.security.ApiKey;

/** An API key in table {@code api_key}. */
@Entity
@Table(name = "api_key")
class ApiKeyRow {
    @Id String id = "";

    @Embedded
    @AttributeOverride(
            name = "id",
            column = @Column(name = "id", insertable = false, updatable = false))
    @AttributeOverride(name = "settings.expires", column = @Column(name = "expires_at"))
    @AttributeOverride(name = "created", column = @Column(name = "created_at"))
    @AttributeOverride(name = "revoked", column = @Column(name = "revoked_at"))
    @AttributeOverride(name = "lastUsed", column = @Column(name = "last_used_at"))
    @Convert(attributeName = "settings.scopes", converter = ScopesConverter.class)
    ApiKey key;

    /** For Hibernate, which sets the fields. */
    @SuppressWarnings("NullAway.Init")
    ApiKeyRow() {}

    ApiKeyRow(ApiKey key) {
        id = key.id();
        this.key = key;
    }

    /**
     * Replaces the key. A revocation and the last use stay, whatever another server knew when it
     * made its change.
     */
    void replace(ApiKey changed) {
        key =
                changed.withTimes(
                        key.revoked() == null ? changed.revoked() : key.revoked(), key.lastUsed());
    }
}
