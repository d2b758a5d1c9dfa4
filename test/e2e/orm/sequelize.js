// sequelize.js - an ORM's life on a node's port: models made and altered, rows written and found again, migrations.
// It prints "fine" at its end, or which step failed and why.
// SPDX-License-Identifier: Apache-2.0
const { Sequelize, DataTypes: T, Op, literal, fn, col } = require('sequelize'), assert = require('assert');
const db = new Sequelize('orm', 'root', process.env.PASSWORD,
                         {host: '127.0.0.1', port: +process.env.PORT, dialect: 'mysql', logging: false});
const schema = db.getQueryInterface();

const Person = db.define('Person', {
  name: {type: T.STRING(80), allowNull: false}, email: {type: T.STRING, unique: true}, born: T.DATEONLY, meta: T.JSON,
  kind: {type: T.ENUM('a', 'b', 'c'), defaultValue: 'a'}, score: T.DECIMAL(10, 2), ratio: T.DOUBLE, weight: T.FLOAT,
  active: {type: T.BOOLEAN, defaultValue: true}, big: T.BIGINT, uid: {type: T.UUID, defaultValue: T.UUIDV4},
  picture: T.BLOB, wakes: T.TIME, life: T.TEXT,
}, {paranoid: true, indexes: [{fields: ['name']}, {fields: ['kind', 'score']}]});
const Post = db.define('Post', {title: T.STRING, body: T.TEXT('long'), views: {type: T.INTEGER.UNSIGNED, defaultValue: 0}},
                       {version: true});
const Tag = db.define('Tag', {id: {type: T.UUID, primaryKey: true, defaultValue: T.UUIDV4}, name: T.STRING});
Person.hasMany(Post, {onDelete: 'CASCADE'});
Post.belongsTo(Person);
Post.belongsToMany(Tag, {through: 'PostTags'});
Tag.belongsToMany(Post, {through: 'PostTags'});
let zoe;

const steps = {
  async models() {
    await db.authenticate();
    await db.sync({force: true});
    await db.sync();
    await db.sync({alter: true});
    await db.sync({alter: true});
  },
  async values() {
    zoe = await Person.create({name: 'Zoë', email: 'z@x', born: '2000-02-29', meta: {a: 1, b: [1, 2, {c: null}]}, score: '12.50',
                               weight: 1.5, big: '9007199254740993', picture: Buffer.from([0, 255]), wakes: '10:11:12'});
    const read = await Person.findByPk(zoe.id);
    assert.deepStrictEqual([read.name, read.score, read.active, String(read.big), read.weight, read.born, [...read.picture], read.meta],
                           ['Zoë', '12.50', true, '9007199254740993', 1.5, '2000-02-29', [0, 255], {a: 1, b: [1, 2, {c: null}]}]);
    assert(read.createdAt instanceof Date);
  },
  async many() {
    await Person.bulkCreate([{name: 'b', email: 'b@x', score: 3, kind: 'b'}, {name: 'c', email: 'c@x', score: 5, kind: 'c'}, {name: 'd', score: 1}]);
    await Person.bulkCreate([{name: 'bb', email: 'b@x'}], {updateOnDuplicate: ['name']});
    await Person.bulkCreate([{name: 'no', email: 'b@x'}], {ignoreDuplicates: true});
    assert.strictEqual((await Person.findOne({where: {email: 'b@x'}})).name, 'bb');
    await Person.upsert({name: 'bbb', email: 'b@x'});
    await assert.rejects(Person.create({name: 'x', email: 'b@x'}), {name: 'SequelizeUniqueConstraintError'});
    const [, made] = await Person.findOrCreate({where: {name: 'found'}, defaults: {score: 1}});
    assert(made);
  },
  async relations() {
    for (const title of ['p0', 'p1', 'p2'])
      await zoe.createPost({title, body: 'x'.repeat(100)});
    await assert.rejects(Post.create({title: 'x', PersonId: 999}), {name: 'SequelizeForeignKeyConstraintError'});
    const post = await Post.findOne(), tag = await Tag.create({name: 't'});
    await post.addTag(tag);
    await post.setTags([tag]);
    assert.strictEqual(await post.countTags(), 1);
    await post.update({title: 'p0 again'});
    assert.strictEqual(post.version, 1);
  },
  async includes() {
    let people = await Person.findAll({include: {model: Post, include: Tag}, order: [['id', 'ASC'], [Post, 'title', 'DESC']]});
    assert.deepStrictEqual(people[0].Posts.map(p => p.title), ['p2', 'p1', 'p0 again']);
    people = await Person.findAll({include: {model: Post, where: {title: {[Op.like]: 'p%'}}}, limit: 2, order: [['name', 'ASC']]});
    assert.strictEqual(people.length, 1);
    await Person.findAll({include: {model: Post, separate: true, limit: 2, order: [['id', 'DESC']]}});
    const found = await Person.findAndCountAll({where: {[Op.or]: [{name: {[Op.like]: '%b%'}}, {score: {[Op.gt]: 4}}]}, include: Post,
                                                limit: 10, offset: 0, distinct: true});
    assert.strictEqual(found.count, 3);
  },
  async conditions() {
    const found = await Person.findAll({where: {
      name: {[Op.notLike]: 'q%'}, score: {[Op.between]: [1, 20]}, kind: {[Op.in]: ['a', 'b']}, born: {[Op.ne]: null},
      id: {[Op.notIn]: [55]}, email: {[Op.startsWith]: 'z'}, createdAt: {[Op.lt]: new Date(Date.now() + 86400000)}}});
    assert.strictEqual(found.length, 1);
    assert.strictEqual(await Person.count({where: {meta: {a: 1}}}), 1);
    assert.strictEqual(await Person.count({where: {'meta.a': {[Op.gt]: 0}}}), 1);
    const [row] = await db.query('SELECT ? AS a, ? AS b', {replacements: [1, "it's"], type: 'SELECT'});
    assert.deepStrictEqual(row, {a: 1, b: "it's"});
  },
  async groups() {
    assert.strictEqual(await Person.sum('score'), 22.5);
    assert.strictEqual(+await Person.max('score'), 12.5);
    const kinds = await Person.findAll({attributes: ['kind', [fn('COUNT', col('id')), 'n']], group: ['kind'],
                                        having: db.where(fn('COUNT', col('id')), '>', 1), raw: true});
    assert.deepStrictEqual(kinds, [{kind: 'a', n: 3}]);
  },
  async changes() {
    const [changed] = await Person.update({score: literal('score + 1')}, {where: {kind: 'b'}});
    assert.strictEqual(changed, 1);
    await zoe.increment('score', {by: 2});
    await zoe.reload();
    assert.strictEqual(zoe.score, '14.50');
  },
  async transactions() {
    await db.transaction(async outer => {
      await Person.create({name: 'tx'}, {transaction: outer});
      await Person.findAll({transaction: outer, lock: outer.LOCK.UPDATE, skipLocked: true});
      await db.transaction({transaction: outer}, inner => Person.create({name: 'tx2'}, {transaction: inner}));
    });
    await assert.rejects(db.transaction(async t => {
      await Person.create({name: 'gone'}, {transaction: t});
      throw new Error('no');
    }));
    assert.strictEqual(await Person.count({where: {name: ['tx', 'tx2', 'gone']}}), 2);
    for (const isolationLevel of ['READ UNCOMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'])
      await db.transaction({isolationLevel}, transaction => Person.count({transaction}));
  },
  async removals() {
    await zoe.destroy();
    assert.strictEqual(await Person.count({where: {id: zoe.id}}), 0);
    await zoe.restore();
    await zoe.destroy({force: true});
    assert.strictEqual(await Post.count(), 0);
    assert.strictEqual(await Person.destroy({where: {kind: 'c'}, limit: 1, force: true}), 1);
  },
  async migration() {
    const key = {type: T.INTEGER, references: {model: 'People', key: 'id'}, onUpdate: 'CASCADE', onDelete: 'SET NULL'};
    await schema.createTable('moved', {id: {type: T.INTEGER, primaryKey: true, autoIncrement: true}, a: {type: T.STRING, comment: 'it'}, PersonId: key});
    const described = await schema.describeTable('moved');
    assert.deepStrictEqual([described.a.type, described.id.autoIncrement, described.a.comment], ['VARCHAR(255)', true, 'it']);
    await schema.addColumn('moved', 'b', {type: T.INTEGER, allowNull: false, defaultValue: 7, after: 'a'});
    await schema.addColumn('moved', 'PostId', {type: T.INTEGER, references: {model: 'Posts', key: 'id'}});
    await schema.changeColumn('moved', 'b', {type: T.BIGINT, allowNull: true});
    await schema.renameColumn('moved', 'b', 'bb');
    await schema.addIndex('moved', ['a', 'bb'], {unique: true, name: 'moved_ab'});
    await schema.addIndex('moved', {fields: [{name: 'a', length: 5, order: 'DESC'}], name: 'moved_a5'});
    const indexes = await schema.showIndex('moved');
    assert(indexes.some(i => i.name === 'moved_ab' && i.unique && i.fields.length === 2));
    await schema.removeIndex('moved', 'moved_ab');
    await schema.addConstraint('moved', {fields: ['a'], type: 'unique', name: 'moved_u'});
    await schema.addConstraint('moved', {fields: ['bb'], type: 'check', name: 'moved_c', where: {bb: {[Op.gt]: 0}}});
    await schema.addConstraint('moved', {fields: ['PersonId'], type: 'foreign key', name: 'moved_fk', references: {table: 'People', field: 'id'}});
    assert.strictEqual((await schema.getForeignKeyReferencesForTable('moved')).length, 3);
    await schema.removeConstraint('moved', 'moved_u');
    await schema.removeConstraint('moved', 'moved_fk');
    await schema.bulkInsert('moved', [{a: 'x', bb: 1}, {a: 'y', bb: 2}]);
    await assert.rejects(schema.bulkInsert('moved', [{a: 'z', bb: 0}]), why => why.original.errno === 3819);
    await schema.removeColumn('moved', 'PersonId');
    await schema.renameTable('moved', 'kept');
    assert(await schema.tableExists('kept'));
    await schema.dropTable('kept');
  },
  async end() {
    await schema.dropAllTables();
    assert.deepStrictEqual(await schema.showAllTables(), []);
    await db.close();
  },
};

(async () => {
  for (const [name, step] of Object.entries(steps))
    await step().catch(why => { throw new Error(`${name}: ${why.parent ? why.parent.message + '\n' + why.parent.sql : why.stack}`); });
  console.log('fine');
})().catch(why => { console.log(why.message); process.exit(1); });
