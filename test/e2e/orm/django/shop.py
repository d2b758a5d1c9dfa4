"""A Django application: its migrations, and what its ORM makes of common questions. Prints a line for each, so that
runs against several servers can be compared. Usage: shop.py HOST PORT USER PASSWORD DATABASE (HOST may be a socket)"""
# SPDX-License-Identifier: Apache-2.0
import datetime
import decimal
import sys
import uuid

import django
from django.conf import settings

host, port, user, password, database = sys.argv[1:]
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.mysql", "NAME": database, "USER": user, "PASSWORD": password, "HOST": host,
                           "PORT": port, "OPTIONS": {"charset": "utf8mb4"}}},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "shop_app"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", USE_TZ=False, SECRET_KEY="none",
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
django.setup()

from django.contrib.auth.models import Permission, User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import IntegrityError, connection, transaction  # noqa: E402
from django.db.models import (Avg, Case, Count, DateTimeField, Exists, ExpressionWrapper, F, Max, OuterRef, Q, StdDev,  # noqa: E402
                              Subquery, Sum, Value, When, Window)
from django.db.models.functions import (Cast, Coalesce, Concat, ExtractWeekDay, Greatest, Lag, Left, Length, Lower, LPad,  # noqa: E402
                                        Rank, Replace, RowNumber, Substr, TruncMonth, TruncWeek, Upper)
from django.db.models import CharField, FloatField, IntegerField  # noqa: E402
from shop_app.models import Item, Maker, Tag  # noqa: E402

DAY = datetime.datetime(2024, 2, 28, 23, 30)


def fill():
    makers = [Maker.objects.create(name=f"maker {number}", founded=datetime.date(1990 + number, 1, 2)) for number in range(5)]
    Item.objects.bulk_create(
        Item(maker=makers[number % 5], name=f"{'Item' if number % 2 else 'item'} {number}", price=decimal.Decimal(number) / 4,
             made=DAY + datetime.timedelta(hours=7 * number), data={"a": number, "b": ["x", number], "c": None if number % 3 else "é"},
             weight=number / 8, span=datetime.timedelta(seconds=number), blob=b"\x00\xff", key=uuid.UUID(int=number))
        for number in range(40))
    for word in ("red", "green", "blue"):
        Tag.objects.get_or_create(word=word)
    for item in Item.objects.order_by("id")[:10]:
        item.tags.add(*Tag.objects.order_by("id")[:2])
    Tag.objects.bulk_create([Tag(word="red"), Tag(word="new")], ignore_conflicts=True)
    Maker.objects.update_or_create(name="maker 1", defaults={"founded": datetime.date(2000, 1, 1)})


def nested():
    with transaction.atomic():
        maker = Maker.objects.select_for_update().get(name="maker 2")
        maker.name = "changed"
        maker.save()
        try:
            with transaction.atomic():
                Maker.objects.create(name="changed")
        except IntegrityError as why:
            return why.args[0], Maker.objects.filter(name="changed").count()


def refused(**fields):
    try:
        with transaction.atomic():
            Item.objects.create(name="refused", made=DAY, **fields)
    except Exception as why:  # noqa: BLE001 - which one it is is printed
        return type(why).__name__, why.args[0]


def described():
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names()
        return [(table, [(column.name, column.type_code, column.null_ok)
                         for column in connection.introspection.get_table_description(cursor, table)],
                 sorted((name, key["columns"], key["unique"], key["foreign_key"])
                        for name, key in connection.introspection.get_constraints(cursor, table).items())) for table in tables]


ITEMS = Item.objects.order_by("id")
QUESTIONS = {
    "case matters": lambda: ITEMS.filter(Q(name__contains="Item 1") | Q(name__startswith="item 3")).values_list("id", flat=True),
    "case does not matter": lambda: ITEMS.filter(name__icontains="ITEM 1", maker__name__iexact="MAKER 1").values_list("id", flat=True),
    "patterns": lambda: (ITEMS.filter(name__regex=r"^item [0-9]$").count(), ITEMS.filter(name__iregex=r"^item [0-9]$").count()),
    "aggregates": lambda: Item.objects.aggregate(Sum("price"), Avg("price"), Max("made"), Count("id"), StdDev("weight")),
    "groups": lambda: Maker.objects.annotate(n=Count("items"), s=Sum("items__price")).filter(n__gt=3).order_by("-s").values("name", "n", "s"),
    "distinct": lambda: (Item.objects.aggregate(n=Count("maker", distinct=True)), Item.objects.order_by("maker__name").values("maker__name").distinct()),
    "columns compared": lambda: Item.objects.filter(weight__lt=F("price")).count(),
    "subquery": lambda: Maker.objects.order_by("id").annotate(best=Subquery(
        Item.objects.filter(maker=OuterRef("pk")).order_by("-price").values("name")[:1])).values_list("name", "best"),
    "exists": lambda: Maker.objects.filter(Exists(Item.objects.filter(maker=OuterRef("pk"), price__gt=9))).count(),
    "case": lambda: Item.objects.annotate(k=Case(When(price__lt=3, then=Value("cheap")), default=Value("dear"))).values("k").annotate(
        n=Count("id")).order_by("k"),
    "windows": lambda: ITEMS.annotate(r=Window(RowNumber(), partition_by=[F("maker")], order_by=F("price").desc()), k=Window(
        Rank(), order_by=F("price").asc()), before=Window(Lag("price"), order_by=F("id").asc())).values_list("id", "r", "k", "before")[:9],
    "dates": lambda: (ITEMS.dates("made", "month"), ITEMS.datetimes("made", "day")[:3], ITEMS.filter(made__date=DAY.date()).count(),
                      ITEMS.annotate(m=TruncMonth("made"), w=TruncWeek("made"), d=ExtractWeekDay("made")).values_list("m", "w", "d")[:3]),
    "time and span": lambda: ITEMS.annotate(x=ExpressionWrapper(F("made") + F("span"), output_field=DateTimeField())).values_list("x")[:3],
    "json": lambda: [ITEMS.filter(**{f"data__{key}": value}).count() for key, value in (
        ("a", 3), ("a__gt", 3), ("b__0", "x"), ("b__1__lte", 5), ("contains", {"a": 3}), ("has_key", "c"), ("zz__isnull", True), ("c", None),
        ("c", "é"), ("b__0__icontains", "X"), ("a__in", [1, 2]))] + [ITEMS.filter(data={"a": 3, "b": ["x", 3], "c": "é"}).count()],
    "json sorts": lambda: Item.objects.order_by("-data__a").values_list("data__a", flat=True)[:3],
    "unions": lambda: (len(ITEMS.filter(price__lt=3).order_by().union(ITEMS.filter(price__gt=9).order_by())),
                       ITEMS.values_list("name").order_by().union(Maker.objects.values_list("name")).order_by("name")[:4]),
    "texts": lambda: ITEMS.annotate(a=Upper("name"), b=Length("name"), c=Substr("name", 1, 2), d=Lower("name"), e=Left("name", 2), f=LPad(
        "name", 10, Value("x")), g=Replace("name", Value("tem"), Value("o")), h=Concat("name", Value("-"), "maker__name")).values_list(
        "a", "b", "c", "d", "e", "f", "g", "h")[:3],
    "numbers": lambda: ITEMS.annotate(a=Greatest("price", "weight", output_field=FloatField()), b=Coalesce("weight", Value(0.0)), c=Cast(
        "price", CharField()), d=Cast("price", IntegerField())).values_list("a", "b", "c", "d")[:3],
    "related": lambda: [(item.name, item.maker.name, [tag.word for tag in item.tags.order_by("id")])
                        for item in ITEMS.select_related("maker").prefetch_related("tags")[:3]],
    "excluded": lambda: (ITEMS.exclude(tags__word="red").count(), ITEMS.filter(price__range=(1, 5)).count(), len(Item.objects.in_bulk([1, 2, 3]))),
    "nulls": lambda: Item.objects.order_by(F("weight").desc(nulls_last=True)).values_list("weight", flat=True)[:2],
    "some of a sum": lambda: Item.objects.aggregate(n=Count("id", filter=Q(price__gt=3)), s=Sum(Case(When(on=True, then=1), default=0))),
    "savepoints": nested,
    "a check": lambda: refused(maker_id=1, price=-1),
    "a key that is not there": lambda: refused(maker_id=999, price=1),
    "changed": lambda: (Item.objects.filter(price__lt=3).update(price=F("price") + 1), ITEMS.filter(pk__in=[1, 2]).update(on=False),
                        Item.objects.bulk_update([setattr(item, "price", item.price + 1) or item for item in ITEMS[:5]], ["price"]),
                        ITEMS.values_list("price", "on")[:6]),
    "deleted": lambda: Maker.objects.filter(name="maker 0").delete(),
    "an account": lambda: (User.objects.create_user("someone", "a@b.c", "word").check_password("word"), Permission.objects.count()),
    "the schema": described,
}

call_command("makemigrations", "shop_app", verbosity=0)
call_command("migrate", verbosity=0)
fill()
for name, question in QUESTIONS.items():
    try:
        answer = question()
        print(name, list(answer) if hasattr(answer, "query") else [list(a) if hasattr(a, "query") else a for a in answer]
              if isinstance(answer, tuple) else answer, sep=": ", flush=True)
    except Exception as why:  # noqa: BLE001 - one that the others do not have fails the test
        print(name, repr(why), sep=": ", flush=True)
