/** Generated from admin-api/openapi.json by `npm run generate`. Do not edit. */

export interface paths {
    "/api/v1/access-roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The roles that can be given, beside the built-in ones. */
        get: operations["list_access_roles"];
        put?: never;
        /** Makes a role. */
        post: operations["create_access_role"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access-roles/{access_role}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One role. */
        get: operations["get_access_role"];
        put?: never;
        post?: never;
        /** Deletes a role that nobody has. */
        delete: operations["delete_access_role"];
        options?: never;
        head?: never;
        /** Changes a role, at once for everybody who has it. */
        patch: operations["update_access_role"];
        trace?: never;
    };
    "/api/v1/access-roles/built-in": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The built-in roles, and all rights. */
        get: operations["list_built_in_roles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The accounts that the key reaches. */
        get: operations["list_accounts"];
        put?: never;
        /** Makes an account. */
        post: operations["create_account"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One account. */
        get: operations["get_account"];
        put?: never;
        post?: never;
        /**
         * Deletes an account: its connections are closed, its sharing is cut, and nobody can log in.
         *     The name stays reserved and the data stays until it is purged.
         */
        delete: operations["delete_account"];
        options?: never;
        head?: never;
        /** Changes an account's name or limits. */
        patch: operations["update_account"];
        trace?: never;
    };
    "/api/v1/accounts/{account}/denials": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The last refusals of the account's users, each with the rule that decided. */
        get: operations["list_denials"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/exports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the account offers. */
        get: operations["list_exports"];
        put?: never;
        /** Offers a subject to other accounts. */
        post: operations["create_export"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/exports/{export}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Withdraws an offer: imports of it stop at once. */
        delete: operations["delete_export"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the account takes from others. */
        get: operations["list_imports"];
        put?: never;
        /** Takes a subject that another account offers. */
        post: operations["create_import"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/imports/{import}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Stops taking a subject. */
        delete: operations["delete_import"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/permissions/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says whether a user may publish or subscribe, and which rule of which claim decides. */
        post: operations["check_permission"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The account's users. */
        get: operations["list_users"];
        put?: never;
        /** Makes a user and answers its credential, once. */
        post: operations["create_user"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/users/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One user. */
        get: operations["get_user"];
        put?: never;
        post?: never;
        /** Deletes a user: its credential is revoked everywhere and its connections are closed. */
        delete: operations["delete_user"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{account}/users/{user}/kick": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Closes a user's connections. Its credential stays valid, so a client is back at once. */
        post: operations["kick_user"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The keys that the caller reaches. */
        get: operations["list_api_keys"];
        put?: never;
        /** Makes a key and answers its token, once. */
        post: operations["create_api_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/api-keys/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revokes a key at once. */
        delete: operations["delete_api_key"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The changes that the key may see, newest first. */
        get: operations["list_audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/backup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Everything in the database as one file, encrypted with age. Seeds in it are sealed with the
         *     vault key, which is not part of it and is needed to restore it.
         */
        post: operations["backup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/engines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The engines. */
        get: operations["list_engines"];
        put?: never;
        /** Adds a cluster. Everything that its servers lack is pushed to them at once. */
        post: operations["create_engine"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/engines/{engine}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One engine. */
        get: operations["get_engine"];
        put?: never;
        post?: never;
        /**
         * Forgets an engine. Its servers keep what they hold; nothing is pushed to them any more. The
         *     broker of a running process enters again when that starts the next time.
         */
        delete: operations["delete_engine"];
        options?: never;
        head?: never;
        /** Changes how a cluster is reached. The connection is made anew. */
        patch: operations["update_engine"];
        trace?: never;
    };
    "/api/v1/engines/nats-server.conf": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the configuration of each nats-server of a cluster must have, so that it can be driven:
         *     operator, system account and a resolver that takes pushes. No secret is in it.
         */
        get: operations["get_engine_conf"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orgs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The organisations that the key reaches. */
        get: operations["list_orgs"];
        put?: never;
        /** Makes an organisation. */
        post: operations["create_org"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orgs/{org}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One organisation. */
        get: operations["get_org"];
        put?: never;
        post?: never;
        /** Deletes an organisation that has no accounts; its keys and memberships end. */
        delete: operations["delete_org"];
        options?: never;
        head?: never;
        /** Renames an organisation. */
        patch: operations["update_org"];
        trace?: never;
    };
    "/api/v1/system": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What runs here and how clients reach it. */
        get: operations["get_system"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/system/nats-server.conf": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Operator and accounts as a configuration for a stock nats-server: it then accepts the same
         *     credentials. No secret is in it.
         */
        get: operations["export_nats_server_conf"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whoami": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The key that called. */
        get: operations["whoami"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A set of rights with a name. */
        AccessRole: {
            /** Format: date-time */
            created_at: string;
            /** @example acr_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            name: string;
            /** @description The organisation that it belongs to; a role without one can be given anywhere. */
            org?: string | null;
            /** @description Where it is given, only those that can be held there count. */
            rights: string[];
            /** Format: date-time */
            updated_at: string;
        };
        /** @description Changes to a role, at once for everybody who has it; what is absent stays. */
        AccessRolePatch: {
            name?: string | null;
            rights?: string[] | null;
        };
        /** @description A tenant. */
        Account: {
            claims: components["schemas"]["ClaimsSize"];
            /** Format: date-time */
            created_at: string;
            /** @description Why it is not live, when a server said so. */
            engine_error?: string | null;
            /**
             * Format: int64
             * @description Counts the claims that were minted for it.
             */
            generation: number;
            /** @example acct_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            limits: components["schemas"]["Limits"];
            /** @description Whether every server holds the claims that were minted last. */
            live: boolean;
            name: string;
            /** @description The organisation that owns it. */
            org: string;
            /** @description Its nkey. */
            public_key: string;
            /** @description Names the account in URLs. */
            slug: string;
            /** Format: date-time */
            updated_at: string;
        };
        /** @description Changes to an account; what is absent stays. */
        AccountPatch: {
            limits?: null | components["schemas"]["LimitsPatch"];
            name?: string | null;
        };
        /** @description Leave to answer requests on their reply subject. */
        AllowResponses: {
            /**
             * Format: int32
             * @description How long after the request.
             * @default 120
             */
            expires_in_seconds?: number;
            /**
             * Format: int32
             * @description Messages per request; -1 means any number.
             * @default 1
             */
            max?: number;
        };
        /** @description An API key. Its token is shown once, when it is made. */
        ApiKey: {
            /** @description The account that it is bound to. */
            account?: string | null;
            /** @description The networks that it may be used from. */
            cidrs?: string[] | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string;
            /** @description How its token begins and ends. */
            hint: string;
            /** @example key_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            /**
             * Format: date-time
             * @description To the minute.
             */
            last_used_at?: string | null;
            name: string;
            /** @description The organisation that it is bound to. */
            org?: string | null;
            /** @description What it is narrowed to, of what the role gives. */
            rights?: string[] | null;
            /**
             * @description A built-in role's name or an access role's id.
             * @example account_admin
             */
            role: string;
        };
        /** @description One change. */
        AuditEntry: {
            /** @description The account that it concerns. */
            account?: string | null;
            /**
             * @description `noun.verb`.
             * @example user.create
             */
            action: string;
            /** @description The id of the API key, or `system`. */
            actor: string;
            /** @description How it became. */
            after?: unknown;
            /** Format: date-time */
            at: string;
            /** @description How it was. */
            before?: unknown;
            client_ip?: string | null;
            /** @example evt_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            /** @description The organisation that it concerns. */
            org?: string | null;
            request_id?: string | null;
            /** @description The id of what was changed. */
            target: string;
        };
        /** @description A role that every installation has. */
        BuiltInRole: {
            /** @description `account`, `org` or `platform`: where it is held. */
            held_over: string;
            /** @example account_admin */
            name: string;
            rights: string[];
        };
        /** @description The built-in roles, and all rights that there are. */
        BuiltInRoles: {
            rights: components["schemas"]["RightInfo"][];
            roles: components["schemas"]["BuiltInRole"][];
        };
        /**
         * @description What the user wants to do.
         * @enum {string}
         */
        CheckedAction: "publish" | "subscribe";
        /**
         * @description How full an account's claims are: exports, imports, and a revocation for each user that was
         *     deleted before its credentials expired.
         */
        ClaimsSize: {
            /** @description Bytes of the signed claims. */
            bytes: number;
            /** @description More than this many bytes cannot be signed: servers would not take them. */
            max_bytes: number;
            /** @description Whether more than half of that is used up. */
            nearly_full: boolean;
        };
        /** @description A key that was just made, with its token: shown now and never again. */
        CreatedApiKey: components["schemas"]["ApiKey"] & {
            token: string;
        };
        /** @description A user that was just made, with its credential: shown now and never again. */
        CreatedUser: components["schemas"]["User"] & {
            /**
             * @description The creds file; absent when the key was the caller's own.
             * @example -----BEGIN NATS USER JWT-----
             *     …
             */
            creds?: string | null;
            /** @description The user's JWT, when the key was the caller's own. */
            jwt?: string | null;
            /** @description Whether the user can log in on every server now. */
            live: boolean;
        };
        /** @description A rule as it stands in a claim. */
        DecidingRule: {
            /** @description `user`, `account` or `signing_key`. */
            claim: string;
            entry?: string | null;
            /** @description What a role's entry became for this user. */
            filled_in?: string | null;
            /** @description The nkey of the user, the account or the signing key. */
            key: string;
            /**
             * @description The place in the claim.
             * @example pub.deny[2]
             */
            path: string;
            /** @description The role of a scoped signing key. */
            role?: string | null;
        };
        /** @description What was deleted, and whether every server has followed. */
        Deleted: {
            id: string;
            live: boolean;
        };
        /** @description A refusal, and how often it happened. */
        Denial: {
            /**
             * Format: int64
             * @description The connection's number.
             */
            cid: number;
            /** @description What decided, for programs. */
            code: string;
            /** Format: int64 */
            count: number;
            /** Format: date-time */
            first_time: string;
            ip: string;
            /** @description What the client calls itself. */
            name?: string | null;
            queue?: string | null;
            subject?: string | null;
            /** @description What decided, for people. */
            text: string;
            /**
             * Format: date-time
             * @description The last time.
             */
            time: string;
            /** @description The user's nkey; absent when a login showed no credential of the account. */
            user?: string | null;
            user_name?: string | null;
            /** @description `publish`, `subscribe`, `connect` or `limit`. */
            what: string;
        };
        /** @description What the account's users were refused lately. Gone when the engine restarts. */
        Denials: {
            /** @description The newest first. */
            data: components["schemas"]["Denial"][];
            /**
             * Format: int64
             * @description Refusals that were not looked at, since a connection had too many of them.
             */
            left_out: number;
        };
        /** @description An engine as everybody may see it. */
        Engine: {
            /**
             * Format: int64
             * @description Accounts that it should hold; platform keys only.
             */
            accounts?: number | null;
            /**
             * Format: int64
             * @description Accounts whose newest claims it does not hold yet; platform keys only.
             */
            accounts_behind?: number | null;
            /** @description Whether it is reached: by this process, or by the one whose broker it is. */
            connected: boolean;
            /** @description Why not. */
            error?: string | null;
            /** @example eng_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            /** @description `embedded` or `cluster`. */
            kind: string;
            name: string;
        };
        /** @description An engine with everything that is known of it. */
        EngineDetails: components["schemas"]["Engine"] & {
            /** @description What a cluster's certificates are checked against, in PEM; what the system trusts if absent. */
            ca?: string | null;
            /** Format: date-time */
            created_at: string;
            /** @description Whether a creds file of its system account was given. */
            has_creds: boolean;
            /** @description Whether this process pushes to it; of several processes on one database one does. */
            leads: boolean;
            /** @description Accounts that it refuses, twenty at most. */
            refused: components["schemas"]["RefusedAccount"][];
            /** @description The servers of a cluster that answer. */
            servers: components["schemas"]["ServerInfo"][];
            /** @description Where a cluster is reached. */
            urls?: string[];
        };
        /** @description All engines: there are few. */
        EngineList: {
            data: components["schemas"]["EngineDetails"][];
            has_more: boolean;
        };
        /** @description What changes of a cluster. `null` takes away. */
        EnginePatch: {
            ca?: string | null;
            creds?: string | null;
            urls?: string[] | null;
        };
        /** @description Something that an account offers to others. */
        Export: {
            /** @description The account's id. */
            account: string;
            /** @description The accounts that may import a private export, as they were named. */
            allow: string[];
            /** Format: date-time */
            created_at: string;
            /** @example exp_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            kind: components["schemas"]["Kind"];
            /** @description Whether every server knows of it. */
            live: boolean;
            name: string;
            response_type?: null | components["schemas"]["ResponseType"];
            subject: string;
            visibility: components["schemas"]["Visibility"];
        };
        /** @description A field of the request that is wrong. */
        FieldError: {
            /**
             * @description Stable word for programs.
             * @example invalid
             */
            code: string;
            /** @description For people. */
            message: string;
            /**
             * @description JSON pointer into the request body.
             * @example /name
             */
            pointer: string;
        };
        /** @description Something that an account takes from another. */
        Import: {
            /** @description The importing account's id. */
            account: string;
            /** Format: date-time */
            created_at: string;
            /** @description The exporting account's slug. */
            exporter: string;
            /** @example imp_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            kind: components["schemas"]["Kind"];
            /** @description Whether every server knows of it. */
            live: boolean;
            /** @description Where it appears in the importing account. */
            local_subject: string;
            name: string;
            status: components["schemas"]["ImportStatus"];
            /** @description The exporter's subject. */
            subject: string;
        };
        /**
         * @description Whether the exporter's claims let the import through now.
         * @enum {string}
         */
        ImportStatus: "active" | "unavailable";
        /** @description An import that the subject falls under. */
        ImportWay: {
            /** @description The exporting account's nkey. */
            account: string;
            /** @description Whether anything goes this way. */
            active: boolean;
            /** @description `service`: a request is carried there. `stream`: messages come from there. */
            kind: string;
            local_subject: string;
            remote_subject: string;
        };
        /** @description How many connections were closed. */
        Kicked: {
            connections: number;
        };
        /**
         * @description Messages that flow out, or requests that are answered.
         * @enum {string}
         */
        Kind: "stream" | "service";
        /** @description Ceilings of an account; -1 means unlimited. */
        Limits: {
            /** @description Whether users may log in with the JWT alone. */
            bearer_users: boolean;
            /**
             * Format: int64
             * @description How many seconds' worth may be saved up: 1 to 60.
             */
            burst_seconds: number;
            /**
             * Format: int64
             * @description Bytes that its clients may publish; who publishes more is held back.
             */
            bytes_per_second: number;
            /**
             * Format: int64
             * @description Client connections at a time.
             */
            connections: number;
            /**
             * Format: int64
             * @description Bytes in total.
             */
            data_bytes: number;
            /**
             * Format: int64
             * @description Exports that the account may have.
             */
            exports: number;
            /**
             * Format: int64
             * @description Imports that the account may have.
             */
            imports: number;
            /**
             * Format: int64
             * @description Leaf node connections at a time.
             */
            leaf_connections: number;
            /**
             * Format: int64
             * @description Messages that its clients may publish; who publishes more is held back.
             */
            messages_per_second: number;
            /**
             * Format: int64
             * @description Bytes of one message.
             */
            payload_bytes: number;
            /**
             * Format: int64
             * @description Subscriptions of one connection.
             */
            subscriptions: number;
            /**
             * Format: int64
             * @description Subscriptions of all the account's connections together.
             */
            total_subscriptions: number;
            /**
             * Format: int64
             * @description Connections of one user at a time. This and what follows is obeyed by Tidegate's broker
             *     only, on each server.
             */
            user_connections: number;
            /** @description Whether exports may have wildcards. */
            wildcard_exports: boolean;
        };
        /** @description Limits to change; what is absent stays. */
        LimitsPatch: {
            bearer_users?: boolean | null;
            /** Format: int64 */
            burst_seconds?: number | null;
            /** Format: int64 */
            bytes_per_second?: number | null;
            /** Format: int64 */
            connections?: number | null;
            /** Format: int64 */
            data_bytes?: number | null;
            /** Format: int64 */
            exports?: number | null;
            /** Format: int64 */
            imports?: number | null;
            /** Format: int64 */
            leaf_connections?: number | null;
            /** Format: int64 */
            messages_per_second?: number | null;
            /** Format: int64 */
            payload_bytes?: number | null;
            /** Format: int64 */
            subscriptions?: number | null;
            /** Format: int64 */
            total_subscriptions?: number | null;
            /** Format: int64 */
            user_connections?: number | null;
            wildcard_exports?: boolean | null;
        };
        /** @description A new role. */
        NewAccessRole: {
            /** @example support */
            name: string;
            /** @description The organisation (id or slug); the caller's own when absent. */
            org?: string | null;
            /**
             * @example [
             *       "accounts:read",
             *       "users:read",
             *       "connections:write"
             *     ]
             */
            rights: string[];
        };
        /** @description A new account. */
        NewAccountBody: {
            limits?: null | components["schemas"]["LimitsPatch"];
            /** @description For people. */
            name: string;
            /** @description Id or slug of the organisation; the key's own, or `default`, when absent. */
            org?: string | null;
            /** @description For URLs; derived from the name when absent. Unique in the installation. */
            slug?: string | null;
        };
        /** @description A new key. Without `org` and `account` it reaches as far as the key that makes it. */
        NewApiKey: {
            /** @description Bind it to this account (id, nkey or slug). */
            account?: string | null;
            /**
             * @description The networks (CIDR) or addresses that it may be used from; anywhere when absent.
             * @example [
             *       "192.0.2.0/24"
             *     ]
             */
            cidrs?: string[] | null;
            /**
             * Format: int32
             * @description 90 days when absent, a year at most.
             * @default 7776000
             */
            expires_in_seconds?: number | null;
            name: string;
            /** @description Bind it to this organisation (id or slug). */
            org?: string | null;
            /**
             * @description Narrow it to these rights of the role.
             * @example [
             *       "users:read"
             *     ]
             */
            rights?: string[] | null;
            /**
             * @description A built-in role's name, or an access role's id or name. The administrator's of the place
             *     when absent.
             * @example account_observer
             */
            role?: string | null;
        };
        /** @description Who can open the backup: whoever knows the passphrase, or holds one of the keys. */
        NewBackup: {
            /** @description At least 12 characters. */
            passphrase?: string | null;
            /** @description Public keys that `age-keygen` printed (`age1…`). */
            recipients?: string[] | null;
        };
        /** @description A cluster to drive. */
        NewEngine: {
            /** @description What its certificates are checked against, in PEM; what the system trusts if absent. */
            ca?: string | null;
            /** @description A creds file of its system account. Absent: a short-lived user of our system account. */
            creds?: string | null;
            /**
             * @description `[a-z][a-z0-9-]{1,62}`, unique.
             * @example frankfurt
             */
            name: string;
            /**
             * @description Its servers: `nats://host:port` or `tls://host:port`.
             * @example [
             *       "nats://10.0.0.1:4222"
             *     ]
             */
            urls: string[];
        };
        /** @description A new export. */
        NewExport: {
            /** @description Ids, nkeys or slugs of the accounts that may import a private export. */
            allow?: string[];
            kind: components["schemas"]["Kind"];
            /** @description The subject when absent. */
            name?: string | null;
            response_type?: null | components["schemas"]["ResponseType"];
            /** @example orders.> */
            subject: string;
            visibility?: components["schemas"]["Visibility"];
        };
        /** @description A new import. */
        NewImport: {
            /** @description Id, nkey or slug of the exporting account. */
            account: string;
            kind: components["schemas"]["Kind"];
            /**
             * @description Where it appears; the exporter's subject when absent.
             * @example acme.orders.>
             */
            local_subject?: string | null;
            /** @description The subject when absent. */
            name?: string | null;
            /**
             * @description The exporter's subject, or a part of it.
             * @example orders.>
             */
            subject: string;
        };
        /** @description A new organisation. */
        NewOrg: {
            /** @description For people. */
            name: string;
            /** @description For URLs; derived from the name when absent. */
            slug?: string | null;
        };
        /** @description A new user. */
        NewUser: {
            /** @description Let the JWT alone log in, without a signature. */
            bearer?: boolean;
            /**
             * Format: int32
             * @description A year when absent, and at most.
             * @default 31536000
             */
            expires_in_seconds?: number | null;
            limits?: components["schemas"]["UserLimits"];
            /**
             * @description One literal subject token, unique in the account.
             * @example orders
             */
            name: string;
            permissions?: components["schemas"]["UserPermissions"];
            /** @description The caller's own user nkey (`U…`). Then no seed is made and `jwt` is answered. */
            public_key?: string | null;
        };
        /** @description An organisation. */
        Org: {
            /** Format: date-time */
            created_at: string;
            /** @example org_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            name: string;
            slug: string;
        };
        /** @description Changes to an organisation; what is absent stays. The slug stays. */
        OrgPatch: {
            name?: string | null;
        };
        /** @description One page of a list. */
        Page_AccessRole: {
            data: {
                /** Format: date-time */
                created_at: string;
                /** @example acr_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                name: string;
                /** @description The organisation that it belongs to; a role without one can be given anywhere. */
                org?: string | null;
                /** @description Where it is given, only those that can be held there count. */
                rights: string[];
                /** Format: date-time */
                updated_at: string;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_Account: {
            data: {
                claims: components["schemas"]["ClaimsSize"];
                /** Format: date-time */
                created_at: string;
                /** @description Why it is not live, when a server said so. */
                engine_error?: string | null;
                /**
                 * Format: int64
                 * @description Counts the claims that were minted for it.
                 */
                generation: number;
                /** @example acct_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                limits: components["schemas"]["Limits"];
                /** @description Whether every server holds the claims that were minted last. */
                live: boolean;
                name: string;
                /** @description The organisation that owns it. */
                org: string;
                /** @description Its nkey. */
                public_key: string;
                /** @description Names the account in URLs. */
                slug: string;
                /** Format: date-time */
                updated_at: string;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_ApiKey: {
            data: {
                /** @description The account that it is bound to. */
                account?: string | null;
                /** @description The networks that it may be used from. */
                cidrs?: string[] | null;
                /** Format: date-time */
                created_at: string;
                /** Format: date-time */
                expires_at: string;
                /** @description How its token begins and ends. */
                hint: string;
                /** @example key_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                /**
                 * Format: date-time
                 * @description To the minute.
                 */
                last_used_at?: string | null;
                name: string;
                /** @description The organisation that it is bound to. */
                org?: string | null;
                /** @description What it is narrowed to, of what the role gives. */
                rights?: string[] | null;
                /**
                 * @description A built-in role's name or an access role's id.
                 * @example account_admin
                 */
                role: string;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_AuditEntry: {
            data: {
                /** @description The account that it concerns. */
                account?: string | null;
                /**
                 * @description `noun.verb`.
                 * @example user.create
                 */
                action: string;
                /** @description The id of the API key, or `system`. */
                actor: string;
                /** @description How it became. */
                after?: unknown;
                /** Format: date-time */
                at: string;
                /** @description How it was. */
                before?: unknown;
                client_ip?: string | null;
                /** @example evt_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                /** @description The organisation that it concerns. */
                org?: string | null;
                request_id?: string | null;
                /** @description The id of what was changed. */
                target: string;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_Export: {
            data: {
                /** @description The account's id. */
                account: string;
                /** @description The accounts that may import a private export, as they were named. */
                allow: string[];
                /** Format: date-time */
                created_at: string;
                /** @example exp_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                kind: components["schemas"]["Kind"];
                /** @description Whether every server knows of it. */
                live: boolean;
                name: string;
                response_type?: null | components["schemas"]["ResponseType"];
                subject: string;
                visibility: components["schemas"]["Visibility"];
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_Import: {
            data: {
                /** @description The importing account's id. */
                account: string;
                /** Format: date-time */
                created_at: string;
                /** @description The exporting account's slug. */
                exporter: string;
                /** @example imp_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                kind: components["schemas"]["Kind"];
                /** @description Whether every server knows of it. */
                live: boolean;
                /** @description Where it appears in the importing account. */
                local_subject: string;
                name: string;
                status: components["schemas"]["ImportStatus"];
                /** @description The exporter's subject. */
                subject: string;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_Org: {
            data: {
                /** Format: date-time */
                created_at: string;
                /** @example org_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                name: string;
                slug: string;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_User: {
            data: {
                /** @description The account's id. */
                account: string;
                /** @description Whether the JWT alone logs in, without a signature. */
                bearer: boolean;
                /** Format: date-time */
                created_at: string;
                /** Format: date-time */
                expires_at: string;
                /** @example usr_01j9zc0m5k8w3v7x2q4r6t1y0a */
                id: string;
                /** Format: date-time */
                issued_at: string;
                limits: components["schemas"]["UserLimits"];
                name: string;
                permissions: components["schemas"]["UserPermissions"];
                /** @description Its nkey. */
                public_key: string;
            }[];
            has_more: boolean;
            /** @description Give it as `cursor` to get the next page; absent on the last one. */
            next_cursor?: string | null;
        };
        /** @description What is to be checked. */
        PermissionCheck: {
            action: components["schemas"]["CheckedAction"];
            /** @description The queue group of a subscription. */
            queue?: string | null;
            /** @example orders.new */
            subject: string;
            /** @description Id, nkey or name. Without it: a user that carries no permissions of its own. */
            user?: string | null;
        };
        /** @description Whether it is allowed, and what decided. */
        PermissionVerdict: {
            allowed: boolean;
            /**
             * @description What decided, for programs.
             * @example denied_by_rule
             */
            code: string;
            /** @description Deny rules that keep a part of an allowed subscription from being delivered. */
            filters: components["schemas"]["DecidingRule"][];
            /** @description What the account's imports make of the subject. */
            imports: components["schemas"]["ImportWay"][];
            /** @description The subjects that the account's mappings make of a published one. */
            mapped: string[];
            rule?: null | components["schemas"]["DecidingRule"];
            /**
             * @description What decided, for people.
             * @example denied by user U… pub.deny[2] "foo.>"
             */
            text: string;
        };
        /** @description What is wrong, in the shape of RFC 9457. */
        Problem: {
            /** @description The last part of `type`. */
            code: string;
            detail: string;
            /** @description The fields that are wrong, if fields are. */
            errors?: components["schemas"]["FieldError"][];
            /** @description Find this request in logs and audit with it. */
            request_id: string;
            /** Format: int32 */
            status: number;
            title: string;
            /**
             * @description Names the kind of problem; stable.
             * @example urn:tidegate:problem:not_found
             */
            type: string;
        };
        /** @description An account whose claims an engine does not take. */
        RefusedAccount: {
            /** @description The account's id. */
            account: string;
            error: string;
            /** Format: int64 */
            failures: number;
            /**
             * Format: date-time
             * @description When it is tried again.
             */
            retry_at: string;
        };
        /**
         * @description How many answers a service gives.
         * @enum {string}
         */
        ResponseType: "singleton" | "stream" | "chunked";
        /** @description Something that a role can allow. */
        RightInfo: {
            /** @description `account`, `org` or `platform`: the least that a role must be held over to give it. */
            held_over: string;
            /** @example users:read */
            name: string;
        };
        /** @description A server of an engine. */
        ServerInfo: {
            id: string;
            name: string;
            version: string;
        };
        /** @description Subjects that are allowed and denied. */
        SubjectLists: {
            /** @default null */
            allow?: string[] | null;
            /** @default null */
            deny?: string[] | null;
        };
        /** @description What runs here. */
        System: {
            /** @description `sqlite` or `postgresql`. */
            database: string;
            engines: components["schemas"]["Engine"][];
            /**
             * @description Where clients connect.
             * @example nats://127.0.0.1:4222
             */
            nats_url: string;
            /** @description The operator's nkey. */
            operator: string;
            server_name: string;
            version: string;
        };
        /** @description A login of an account. */
        User: {
            /** @description The account's id. */
            account: string;
            /** @description Whether the JWT alone logs in, without a signature. */
            bearer: boolean;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string;
            /** @example usr_01j9zc0m5k8w3v7x2q4r6t1y0a */
            id: string;
            /** Format: date-time */
            issued_at: string;
            limits: components["schemas"]["UserLimits"];
            name: string;
            permissions: components["schemas"]["UserPermissions"];
            /** @description Its nkey. */
            public_key: string;
        };
        /** @description Ceilings of a user within the account's own; -1 means unlimited. */
        UserLimits: {
            /**
             * Format: int64
             * @description Bytes in total.
             * @default -1
             */
            data_bytes?: number;
            /**
             * Format: int64
             * @description Bytes of one message.
             * @default -1
             */
            payload_bytes?: number;
            /**
             * Format: int64
             * @default -1
             */
            subscriptions?: number;
        };
        /** @description What a user may do. An absent `allow` allows everything, an empty one nothing; `deny` wins. */
        UserPermissions: {
            /** @default null */
            allow_responses?: null | components["schemas"]["AllowResponses"];
            /** @default {} */
            publish?: components["schemas"]["SubjectLists"];
            /** @default {} */
            subscribe?: components["schemas"]["SubjectLists"];
        };
        /**
         * @description Who may import.
         * @enum {string}
         */
        Visibility: "private" | "public";
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    list_access_roles: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description Rows per page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_AccessRole"];
                };
            };
        };
    };
    create_access_role: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAccessRole"];
            };
        };
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Made */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessRole"];
                };
            };
        };
    };
    get_access_role: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id */
                access_role: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessRole"];
                };
            };
        };
    };
    delete_access_role: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id */
                access_role: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    update_access_role: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id */
                access_role: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AccessRolePatch"];
            };
        };
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessRole"];
                };
            };
        };
    };
    list_built_in_roles: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BuiltInRoles"];
                };
            };
        };
    };
    list_accounts: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description Rows per page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Account"];
                };
            };
        };
    };
    create_account: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAccountBody"];
            };
        };
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Made */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
        };
    };
    get_account: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
        };
    };
    delete_account: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
        };
    };
    update_account: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AccountPatch"];
            };
        };
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
        };
    };
    list_denials: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Denials"];
                };
            };
        };
    };
    list_exports: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description Rows per page. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Export"];
                };
            };
        };
    };
    create_export: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewExport"];
            };
        };
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Made */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Export"];
                };
            };
        };
    };
    delete_export: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                export: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
        };
    };
    list_imports: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description Rows per page. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Import"];
                };
            };
        };
    };
    create_import: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewImport"];
            };
        };
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Made */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Import"];
                };
            };
        };
    };
    delete_import: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id */
                import: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
        };
    };
    check_permission: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PermissionCheck"];
            };
        };
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PermissionVerdict"];
                };
            };
        };
    };
    list_users: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description Rows per page. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_User"];
                };
            };
        };
    };
    create_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id, nkey or slug */
                account: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewUser"];
            };
        };
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Made */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedUser"];
                };
            };
        };
    };
    get_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id, nkey or name */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
        };
    };
    delete_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id, nkey or name */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
        };
    };
    kick_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id, nkey or slug */
                account: string;
                /** @description Id, nkey or name */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Kicked"];
                };
            };
        };
    };
    list_api_keys: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description Rows per page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ApiKey"];
                };
            };
        };
    };
    create_api_key: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewApiKey"];
            };
        };
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Made */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedApiKey"];
                };
            };
        };
    };
    delete_api_key: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_audit: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description Rows per page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_AuditEntry"];
                };
            };
        };
    };
    backup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewBackup"];
            };
        };
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": number[];
                };
            };
        };
    };
    list_engines: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EngineList"];
                };
            };
        };
    };
    create_engine: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewEngine"];
            };
        };
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Made */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EngineDetails"];
                };
            };
        };
    };
    get_engine: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id or name */
                engine: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EngineDetails"];
                };
            };
        };
    };
    delete_engine: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id or name */
                engine: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    update_engine: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id or name */
                engine: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EnginePatch"];
            };
        };
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EngineDetails"];
                };
            };
        };
    };
    get_engine_conf: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
        };
    };
    list_orgs: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description Rows per page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Org"];
                };
            };
        };
    };
    create_org: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewOrg"];
            };
        };
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Made */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Org"];
                };
            };
        };
    };
    get_org: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id or slug */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Org"];
                };
            };
        };
    };
    delete_org: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id or slug */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    update_org: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id or slug */
                org: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrgPatch"];
            };
        };
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Org"];
                };
            };
        };
    };
    get_system: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["System"];
                };
            };
        };
    };
    export_nats_server_conf: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
        };
    };
    whoami: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is wrong with the request */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong with the server */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
        };
    };
}
